-- The properties of products' people, and when each was set first and last.
CREATE OR REPLACE VIEW tilde.properties AS
SELECT product, property, `index`, first_used_at, last_used_at, first_sent_at, last_sent_at
FROM $database.properties FINAL
WHERE is_deleted = 0
