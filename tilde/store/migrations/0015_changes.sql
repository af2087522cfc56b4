-- An entry of the catalog, for people: what was decided, when, and what came of it.
CREATE TABLE IF NOT EXISTS {database:Identifier}.changes
(
    sequence UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'Counts the entries',
    version UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'The highest of an identity stands',
    is_deleted UInt8 CODEC(ZSTD(1)) COMMENT '1: the row is gone',
    decided_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'When it was decided',
    edge LowCardinality(String) COMMENT 'The edge that took the command',
    refusal LowCardinality(String) COMMENT 'Why nothing was changed; empty: it was',
    kinds Array(LowCardinality(String)) COMMENT 'What kinds of facts it has: SiteCreated',
    facts String CODEC(ZSTD(1)) COMMENT 'JSON: a list of objects, one a fact; what is sealed or hashed is left out'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (sequence)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
