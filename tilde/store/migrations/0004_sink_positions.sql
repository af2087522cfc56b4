-- How far the sink is, saved after the rows are: it may lag behind the tables, never lead them.
CREATE TABLE IF NOT EXISTS {database:Identifier}.sink_positions
(
    topic LowCardinality(String) COMMENT 'Output topic',
    partition UInt16 COMMENT 'Its partition',
    next_offset UInt64 COMMENT 'The offset to read next; all below it is in the tables',
    passed Map(String, UInt64) COMMENT 'By raw topic: the offset below which the raw partition is in the tables'
)
ENGINE = ReplacingMergeTree(next_offset)
ORDER BY (topic, partition)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
