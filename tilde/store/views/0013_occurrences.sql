-- What people did, each event once a person and second. Filter by product and event: that is the order on disk.
CREATE OR REPLACE VIEW tilde.occurrences AS
SELECT product, event, at, person, min(event_id) AS event_id, min(received_at) AS received_at
FROM (SELECT * FROM $database.occurrences FINAL WHERE is_deleted = 0) AS done
INNER JOIN (SELECT product, identity, person FROM $database.people FINAL WHERE is_deleted = 0) AS people
USING (product, identity)
GROUP BY product, event, at, person
