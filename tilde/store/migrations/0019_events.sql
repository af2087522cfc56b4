-- An event of a product, by its name, so far.
CREATE TABLE IF NOT EXISTS {database:Identifier}.events
(
    product UInt32 CODEC(ZSTD(1)) COMMENT 'The product',
    event String CODEC(ZSTD(1)) COMMENT 'Name of the event, in lower case',
    version UInt64 CODEC(ZSTD(1)) COMMENT 'The highest of an identity stands',
    is_deleted UInt8 CODEC(ZSTD(1)) COMMENT '1: the row is gone',
    `index` UInt32 CODEC(ZSTD(1)) COMMENT 'Counts the events of the product from 1, as their names came',
    total UInt64 CODEC(ZSTD(1)) COMMENT 'How often it was done: once a person and second',
    first_used_at DateTime('UTC') CODEC(ZSTD(1)) COMMENT 'When it was first done',
    last_used_at DateTime('UTC') CODEC(ZSTD(1)) COMMENT 'When it was last done',
    first_sent_at DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'When it was first received',
    last_sent_at DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'When it was last received'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (product, event)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
