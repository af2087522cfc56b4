-- The last event id of the next page of one stat, and how many rows it has; copies that came twice are counted.
SELECT max(event_id), count()
FROM
(
    SELECT event_id
    FROM {database:Identifier}.points
    WHERE product = {product:UInt32}
        AND metric = {metric:UInt64}
        AND event_id >= {first_id:UInt64}
        AND (
            empty({cuts:Array(UInt64)})
            OR version >= {cuts:Array(UInt64)}[
                transform(metric, {cut_metrics:Array(UInt64)}, {cut_places:Array(Int64)}, toInt64(1000000000)) + raw_partition
            ]
        )
        AND ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
        AND ts < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
    ORDER BY product, metric, event_id
    LIMIT {rows:UInt32}
)
