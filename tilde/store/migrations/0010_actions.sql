-- One hit of a web site, as it came. The sorting key is the identity; event ids follow the time of receipt, so a site's days lie
-- side by side. What identifies a visitor is sealed with a key that stands outside of the tables.
CREATE TABLE IF NOT EXISTS {database:Identifier}.actions
(
    site UInt32 CODEC(ZSTD(1)) COMMENT 'Product of the site',
    event_id UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'The hit',
    version UInt64 CODEC(Delta, ZSTD(1)) COMMENT 'The highest of an identity stands',
    is_deleted UInt8 CODEC(ZSTD(1)) COMMENT '1: the row is gone',
    received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)) COMMENT 'When it came',
    day Date32 CODEC(ZSTD(1)) COMMENT 'The local day of the site, by its clock as it was set then',
    type LowCardinality(String) COMMENT 'pageview, click, download, outbound, goal, ping, heatmap, video, custom',
    transport LowCardinality(String) COMMENT 'script, pixel, server',
    href String CODEC(ZSTD(1)) COMMENT 'Path and query of a page; of an outbound link its URL',
    host LowCardinality(String) COMMENT 'Host name that the page was on; empty: not known',
    title String CODEC(ZSTD(1)) COMMENT 'Title of the page',
    ref String CODEC(ZSTD(1)) COMMENT 'Where the visitor came from, once a visit',
    lang LowCardinality(String) COMMENT 'Language of the browser',
    res LowCardinality(String) COMMENT 'Size of the screen',
    tz LowCardinality(String) COMMENT 'Time zone of the visitor',
    agent LowCardinality(String) COMMENT 'User agent without what identifies',
    bot LowCardinality(String) COMMENT 'Which crawler it was; empty: none that is known',
    network String CODEC(ZSTD(1)) COMMENT 'Address of the visitor, cut off',
    visitor Int64 CODEC(ZSTD(1)) COMMENT 'Whose it was: a keyed hash',
    known_by LowCardinality(String) COMMENT 'What the visitor was told by: id, address, session',
    key Int64 CODEC(ZSTD(1)) COMMENT 'Which key opens the two columns below',
    who String CODEC(ZSTD(1)) COMMENT 'Sealed: id, address and user agent of the visitor',
    said String CODEC(ZSTD(1)) COMMENT 'Sealed: custom visitor data, unknown parameters; empty: nothing',
    parameters String CODEC(ZSTD(1)) COMMENT 'JSON: pairs of name and value, as they came',
    clock_offset_s Int32 CODEC(ZSTD(1)) COMMENT 'Clock of the site: seconds east of UTC, without summer time',
    clock_rule LowCardinality(String) COMMENT 'usa, eu, 1, 0, or an IANA zone'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (site, event_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
