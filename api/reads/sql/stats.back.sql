-- Stats that were deleted and have points received since, with the receipt of the first of those.
SELECT metric, toUnixTimestamp64Milli(argMin(received_at, event_id))
FROM {database:Identifier}.points FINAL
WHERE product = {product:UInt32}
    AND metric IN {metrics:Array(UInt64)}
    AND event_id >= {least:UInt64}
    AND event_id >= transform(metric, {metrics:Array(UInt64)}, {first_ids:Array(UInt64)}, toUInt64(0))
    AND (
        empty({cuts:Array(UInt64)})
        OR version >= {cuts:Array(UInt64)}[
            transform(metric, {cut_metrics:Array(UInt64)}, {cut_places:Array(Int64)}, toInt64(1000000000)) + raw_partition
        ]
    )
GROUP BY metric
