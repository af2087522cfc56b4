-- The metrics that were seen, without those that were ever deleted, and with those that the catalog says are in sight.
SELECT metric, argMin(kind, began_ms), argMin(name, began_ms), min(began_ms) AS created_ms
FROM
(
    SELECT metric, kind, name, toUnixTimestamp64Milli(first_seen_at) AS began_ms
    FROM {database:Identifier}.metrics FINAL
    WHERE product = {product:UInt32} AND metric NOT IN {deleted:Array(UInt64)} AND is_deleted = 0
    UNION ALL
    SELECT made.1, made.2, made.3, made.4
    FROM
    (
        SELECT arrayJoin(arrayZip(
            {made:Array(UInt64)}, {kinds:Array(String)}, {names:Array(String)}, {created:Array(Int64)}
        )) AS made
    )
)
GROUP BY metric
ORDER BY created_ms, metric
LIMIT {limit:UInt32} OFFSET {offset:UInt64}
