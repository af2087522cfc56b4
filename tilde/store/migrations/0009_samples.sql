-- One number of a stat that its writer can read, change and delete again. The sorting key is the identity, and has the time,
-- so the newest ones of a stat are read in the order on disk. What moves in time is deleted under its old identity and
-- written under a new one. No version of a row has another id than the first, so reads may skip by it.
CREATE TABLE IF NOT EXISTS {database:Identifier}.samples
(
    product UInt32 CODEC(ZSTD(1)) COMMENT 'Product the stat belongs to',
    metric UInt64 CODEC(ZSTD(1)) COMMENT 'The stat it is a number of',
    ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'The time that counts',
    id UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'The same for its whole life',
    version UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'The highest of an identity stands',
    is_deleted UInt8 CODEC(ZSTD(1)) COMMENT '1: the row is gone',
    ref String CODEC(ZSTD(1)) COMMENT 'Its own name, unique in its stat; empty: it has none',
    number Float64 CODEC(Gorilla, ZSTD(1)) COMMENT 'Its number',
    meta String CODEC(ZSTD(1)) COMMENT 'What else was said of it, usually JSON; empty: nothing',
    created_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'When it was made',
    updated_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'When it was written last',
    INDEX id_bloom id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX ref_bloom ref TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (product, metric, ts, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
