-- Every number that was posted and stands, once. Filter by product and metric: that is the order on disk.
CREATE OR REPLACE VIEW tilde.points AS
SELECT product, metric, event_id, nth, ts, received_at, number
FROM $database.points FINAL
WHERE is_deleted = 0
