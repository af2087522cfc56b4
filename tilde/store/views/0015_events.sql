-- The events of products: how often each was done, once a person and second, and when first and last.
CREATE OR REPLACE VIEW tilde.events AS
SELECT product, event, `index`, total, first_used_at, last_used_at, first_sent_at, last_sent_at
FROM $database.events FINAL
WHERE is_deleted = 0
