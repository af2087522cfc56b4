-- The metrics of several products that were seen, without those that were ever deleted, and with those that the catalog
-- says are there.
SELECT product, metric, toUnixTimestamp64Milli(first_seen_at) AS began_ms
FROM {database:Identifier}.metrics FINAL
WHERE product IN {products:Array(UInt32)} AND raw_partition >= -1 AND metric NOT IN {deleted:Array(UInt64)}
    AND is_deleted = 0
UNION ALL
SELECT there.1, there.2, there.3
FROM
(
    SELECT arrayJoin(arrayZip({owners:Array(UInt32)}, {there:Array(UInt64)}, {created:Array(Int64)})) AS there
)
