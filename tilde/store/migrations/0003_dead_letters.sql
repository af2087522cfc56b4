-- What could not be processed, with its bytes.
CREATE TABLE IF NOT EXISTS {database:Identifier}.dead_letters
(
    source_topic LowCardinality(String) COMMENT 'Topic it stood in',
    source_partition Int32 COMMENT 'Its partition',
    source_offset UInt64 COMMENT 'Its offset',
    event_index Int32 COMMENT 'Place of the event in the sealed batch; -1: the whole message',
    version UInt64 COMMENT 'The highest of an identity stands',
    is_deleted UInt8 COMMENT '1: the row is gone',
    processor LowCardinality(String) COMMENT 'Which processor or sink could not take it',
    reason String CODEC(ZSTD(1)) COMMENT 'Why',
    body String CODEC(ZSTD(1)) COMMENT 'The original bytes'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (source_topic, source_partition, source_offset, event_index)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
