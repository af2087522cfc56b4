-- The first sight of a metric in each raw partition. The version is 2^53 minus the event id: the earliest sight stands.
CREATE TABLE IF NOT EXISTS {database:Identifier}.metrics
(
    product UInt32 COMMENT 'Product the metric belongs to',
    metric UInt64 COMMENT '52-bit hash of product, kind and name',
    raw_partition Int16 COMMENT 'Partition of the raw topic it was seen in; -1: created by its owner',
    version UInt64 COMMENT 'The highest of an identity stands',
    is_deleted UInt8 COMMENT '1: the row is gone',
    kind LowCardinality(String) COMMENT 'counter (summed) or value (averaged)',
    name String CODEC(ZSTD(1)) COMMENT 'The name, after the ~ expansion',
    event_id UInt64 COMMENT 'The event it was first seen in',
    first_seen_at DateTime64(3, 'UTC') COMMENT 'When the edge received that event'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (product, metric, raw_partition, kind, name)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
