-- Who may see a web site of a white label. Only rows whose site and user are there count.
CREATE TABLE IF NOT EXISTS {database:Identifier}.access
(
    site UInt32 CODEC(ZSTD(1)) COMMENT 'The site',
    user_id UInt32 CODEC(ZSTD(1)) COMMENT 'Who may see it',
    version UInt64 CODEC(ZSTD(1)) COMMENT 'The highest of an identity stands',
    is_deleted UInt8 CODEC(ZSTD(1)) COMMENT '1: he may no more',
    is_admin UInt8 CODEC(ZSTD(1)) COMMENT '1: he may change it, too'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (site, user_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
