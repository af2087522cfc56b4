-- A web site of a white label, as the catalog has it now.
CREATE TABLE IF NOT EXISTS {database:Identifier}.sites
(
    site UInt32 CODEC(ZSTD(1)) COMMENT 'Its id, and that of its product',
    version UInt64 CODEC(ZSTD(1)) COMMENT 'The highest of an identity stands',
    is_deleted UInt8 CODEC(ZSTD(1)) COMMENT '1: it is gone',
    account UInt32 CODEC(ZSTD(1)) COMMENT 'The white label',
    uuid String CODEC(ZSTD(1)) COMMENT 'Of its product',
    domain String CODEC(ZSTD(1)) COMMENT 'Its host name',
    mirrors Array(String) CODEC(ZSTD(1)) COMMENT 'Its other host names',
    nickname String CODEC(ZSTD(1)) COMMENT 'What its owner calls it',
    clock_offset_s Int32 CODEC(ZSTD(1)) COMMENT 'Seconds east of UTC, without summer time',
    clock_rule LowCardinality(String) COMMENT 'usa, eu, 1 (always an hour on), 0 (never)',
    created_at DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'When it was made'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (site)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
