-- What a site had on one of its local days, so far. A day has one part, unless hits of it came more than a week late: its total
-- is the sum of its parts. The sorting key is the identity, the day first: all sites of a few days lie side by side, and small
-- granules let one site be found among them.
CREATE TABLE IF NOT EXISTS {database:Identifier}.traffic
(
    site UInt32 CODEC(ZSTD(1)) COMMENT 'Product of the site',
    day Date32 CODEC(Delta, ZSTD(1)) COMMENT 'The local day of the site',
    part UInt64 CODEC(ZSTD(1)) COMMENT 'Which part of the day',
    version UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'The highest of an identity stands',
    is_deleted UInt8 CODEC(ZSTD(1)) COMMENT '1: the row is gone',
    page_views UInt64 CODEC(ZSTD(1)) COMMENT 'Page views of people',
    hits UInt64 CODEC(ZSTD(1)) COMMENT 'All hits of people, page views too',
    bots UInt64 CODEC(ZSTD(1)) COMMENT 'Hits of known crawlers, counted nowhere else'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (day, site, part)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1
