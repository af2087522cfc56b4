-- As stats.newest, for stats that were in the trash: of what was received since.
SELECT metric, toUnixTimestamp64Milli(max(received_at))
FROM {database:Identifier}.points
WHERE product = {product:UInt32}
    {{ sight.of_stats }}
GROUP BY metric
