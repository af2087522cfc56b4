-- Versions of one raw partition are in its order, so a deletion hides what is below its end. -1: older than this column.
ALTER TABLE {database:Identifier}.points
ADD COLUMN IF NOT EXISTS raw_partition Int16 DEFAULT -1 CODEC(ZSTD(1)) COMMENT 'Partition of topic stats it stands in; -1: not known'
