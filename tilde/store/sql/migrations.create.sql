CREATE TABLE IF NOT EXISTS {database:Identifier}.migrations
(
    number UInt32 COMMENT 'The migration''s number',
    name String COMMENT 'Its file',
    checksum String COMMENT 'Of its text when it was applied',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When'
)
ENGINE = ReplacingMergeTree
ORDER BY number
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
