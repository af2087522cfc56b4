-- One number of one metric. The sorting key is the identity: a row that comes twice is one row, the highest version stands.
-- Not partitioned, so that an insert is one block and an identity cannot stand in two partitions.
-- No version of a row may have another ts than the first, a deleting one neither: reads skip by ts before they take the
-- highest version. What moves in time is deleted under its old identity and written under a new one.
CREATE TABLE IF NOT EXISTS {database:Identifier}.points
(
    product UInt32 CODEC(ZSTD(1)) COMMENT 'Product the metric belongs to',
    metric UInt64 CODEC(ZSTD(1)) COMMENT '52-bit hash of product, kind and name',
    event_id UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'Id of the post, given at the edge; rises with the time of receipt',
    nth UInt16 CODEC(ZSTD(1)) COMMENT 'Place in the ~ list as sent, from 0',
    version UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'The highest of an identity stands',
    is_deleted UInt8 CODEC(ZSTD(1)) COMMENT '1: the row is gone',
    ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'The time that counts: t as sent, else the time of receipt',
    received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'When the edge received it',
    number Float64 CODEC(Gorilla, ZSTD(1)) COMMENT 'The count or the value',
    INDEX ts_minmax ts TYPE minmax GRANULARITY 1,
    INDEX event_id_minmax event_id TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (product, metric, event_id, nth)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
