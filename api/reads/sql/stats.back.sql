-- Stats that were deleted and have points received since, with the receipt of the first of those.
SELECT metric, toUnixTimestamp64Milli(argMin(received_at, event_id))
FROM {database:Identifier}.points FINAL
WHERE product = {product:UInt32}
    AND metric IN {metrics:Array(UInt64)}
    AND event_id >= {least:UInt64}
    AND event_id >= transform(metric, {metrics:Array(UInt64)}, {first_ids:Array(UInt64)}, toUInt64(0))
    {{ sight.some }}
GROUP BY metric
