-- Properties of people as they were set, one value a person, event and second. Filter by product and property: that is the order on disk.
CREATE OR REPLACE VIEW tilde.property_values AS
SELECT product, property, at, person, event, last.1 AS number, last.2 AS text, last.3 AS event_id,
    last.4 AS received_at
FROM
(
    SELECT product, property, at, person, event, argMax((number, text, event_id, received_at), version) AS last
    FROM (SELECT * FROM $database.property_values FINAL WHERE is_deleted = 0) AS values
    INNER JOIN (SELECT product, identity, person FROM $database.people FINAL WHERE is_deleted = 0) AS people
    USING (product, identity)
    GROUP BY product, property, at, person, event
)
