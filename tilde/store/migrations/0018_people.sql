-- An identity, and whose it is. A person is a set of identities, and the smallest is his number. What identifies him is sealed with
-- a key that stands outside of the tables.
CREATE TABLE IF NOT EXISTS {database:Identifier}.people
(
    product UInt32 CODEC(ZSTD(1)) COMMENT 'The product',
    identity Int64 CODEC(ZSTD(1)) COMMENT 'A keyed hash of product and identity',
    version UInt64 CODEC(ZSTD(1)) COMMENT 'The highest of an identity stands',
    is_deleted UInt8 CODEC(ZSTD(1)) COMMENT '1: the row is gone',
    person Int64 CODEC(ZSTD(1)) COMMENT 'The person that it is of: the smallest of his identities',
    key Int64 CODEC(ZSTD(1)) COMMENT 'Which key opens the column below',
    who String CODEC(ZSTD(1)) COMMENT 'Sealed: the identity',
    first_received_at DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'When the identity came first'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (product, identity)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
