-- A user of a white label, as the catalog has him now. Nothing here names him.
CREATE TABLE IF NOT EXISTS {database:Identifier}.users
(
    user_id UInt32 CODEC(ZSTD(1)) COMMENT 'His id',
    version UInt64 CODEC(ZSTD(1)) COMMENT 'The highest of an identity stands',
    is_deleted UInt8 CODEC(ZSTD(1)) COMMENT '1: he is gone',
    account UInt32 CODEC(ZSTD(1)) COMMENT 'The white label',
    created_at DateTime64(3, 'UTC') CODEC(ZSTD(1)) COMMENT 'When he was made',
    has_email UInt8 CODEC(ZSTD(1)) COMMENT '1: an address is known of him',
    has_password UInt8 CODEC(ZSTD(1)) COMMENT '1: he has a password',
    has_onsite_stats UInt8 CODEC(ZSTD(1)) COMMENT '1: he sees statistics on his own pages'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (user_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
