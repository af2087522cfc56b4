-- Every sample that is there, as it is.
CREATE OR REPLACE VIEW tilde.samples AS
SELECT product, metric, id, ts, number, ref, meta, created_at, updated_at
FROM $database.samples FINAL
WHERE is_deleted = 0
