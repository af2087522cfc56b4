-- A property of somebody, as it was set at some time, alone or with an event: of one second each event keeps what came with it. The
-- sorting key is the identity. Texts are sealed with a key that stands outside of the tables, and can be told apart and counted by their
-- hash.
CREATE TABLE IF NOT EXISTS {database:Identifier}.property_values_by_event
(
    product UInt32 CODEC(ZSTD(1)) COMMENT 'The product',
    property LowCardinality(String) COMMENT 'Name of the property, in lower case',
    at DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'When it was set',
    identity Int64 CODEC(ZSTD(1)) COMMENT 'Whose it is: a keyed hash',
    version UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'The highest of an identity stands',
    is_deleted UInt8 CODEC(ZSTD(1)) COMMENT '1: the row is gone',
    event_id UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'The event that set it',
    received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'When it came',
    event LowCardinality(String) COMMENT 'Name of the event that it came with; empty: it was set alone',
    number Nullable(Float64) CODEC(ZSTD(1)) COMMENT 'The value where it is a number',
    text Nullable(Int64) CODEC(ZSTD(1)) COMMENT 'Of any other value a keyed hash; equal values have the same',
    key Int64 CODEC(ZSTD(1)) COMMENT 'Which key opens the column below',
    said String CODEC(ZSTD(1)) COMMENT 'Sealed: the texts of all properties that came together; empty: a number'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (product, property, at, identity, event)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
