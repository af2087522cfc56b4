-- Somebody did an event. The sorting key is the identity; the seconds of an event lie side by side. Of a person it counts once a
-- second, though two of his identities may have it: table people says whose an identity is.
CREATE TABLE IF NOT EXISTS {database:Identifier}.occurrences
(
    product UInt32 CODEC(ZSTD(1)) COMMENT 'The product',
    event LowCardinality(String) COMMENT 'Name of the event, in lower case',
    at DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'When it was done',
    identity Int64 CODEC(ZSTD(1)) COMMENT 'Who did it: a keyed hash',
    version UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'The highest of an identity stands',
    is_deleted UInt8 CODEC(ZSTD(1)) COMMENT '1: the row is gone',
    event_id UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'The event',
    received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'When it came'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (product, event, at, identity)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
