-- How many rows each of some stats has, copies that came twice included; those that have none are left out.
SELECT metric, count()
FROM {database:Identifier}.points
WHERE product = {product:UInt32}
    AND metric IN {metrics:Array(UInt64)}
    AND event_id >= transform(metric, {metrics:Array(UInt64)}, {first_ids:Array(UInt64)}, toUInt64(0))
    AND (
        empty({cuts:Array(UInt64)})
        OR version >= {cuts:Array(UInt64)}[
            transform(metric, {cut_metrics:Array(UInt64)}, {cut_places:Array(Int64)}, toInt64(1000000000)) + raw_partition
        ]
    )
    AND ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    AND ts < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
GROUP BY metric
