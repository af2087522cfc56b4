-- A property of a product's people, by its name, so far.
CREATE TABLE IF NOT EXISTS {database:Identifier}.properties
(
    product UInt32 CODEC(ZSTD(1)) COMMENT 'The product',
    property String CODEC(ZSTD(1)) COMMENT 'Name of the property, in lower case',
    version UInt64 CODEC(ZSTD(1)) COMMENT 'The highest of an identity stands',
    is_deleted UInt8 CODEC(ZSTD(1)) COMMENT '1: the row is gone',
    `index` UInt32 CODEC(ZSTD(1)) COMMENT 'Counts the properties of the product from 1, as their names came',
    first_used_at DateTime('UTC') CODEC(ZSTD(1)) COMMENT 'When it was first set',
    last_used_at DateTime('UTC') CODEC(ZSTD(1)) COMMENT 'When it was last set',
    first_sent_at DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'When it was first received',
    last_sent_at DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'When it was last received'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (product, property)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
