-- Stats that were deleted and have points received since, with the first of those.
SELECT metric, toUnixTimestamp64Milli(min(received_at))
FROM {database:Identifier}.points
WHERE product = {product:UInt32}
    AND metric IN {metrics:Array(UInt64)}
    AND event_id >= {least:UInt64}
    AND event_id >= transform(metric, {metrics:Array(UInt64)}, {first_ids:Array(UInt64)}, toUInt64(0))
GROUP BY metric
