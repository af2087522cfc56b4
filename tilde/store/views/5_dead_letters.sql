-- What could not be processed.
CREATE OR REPLACE VIEW tilde.dead_letters AS
SELECT topic, raw_partition, raw_offset, nth, processor, reason, body
FROM $database.dead_letters FINAL
WHERE is_deleted = 0
