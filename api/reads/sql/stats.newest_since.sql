-- As stats.newest, for stats that were in the trash: of what was received since.
SELECT metric, toUnixTimestamp64Milli(max(received_at))
FROM {database:Identifier}.points
WHERE product = {product:UInt32}
    AND metric IN {metrics:Array(UInt64)}
    AND event_id >= {least:UInt64}
    AND event_id >= transform(metric, {metrics:Array(UInt64)}, {first_ids:Array(UInt64)}, toUInt64(0))
    {{ sight.some }}
GROUP BY metric
