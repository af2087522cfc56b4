-- What could not be processed.
CREATE OR REPLACE VIEW tilde.dead_letters AS
SELECT source_topic, source_partition, source_offset, event_index, processor, reason, body
FROM $database.dead_letters FINAL
WHERE is_deleted = 0
