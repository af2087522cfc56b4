-- As export.points, times as times.
SELECT
    transform(metric, {metrics:Array(UInt64)}, {ids:Array(String)}, '') AS id,
    transform(metric, {metrics:Array(UInt64)}, {names:Array(String)}, '') AS name,
    transform(metric, {metrics:Array(UInt64)}, {kinds:Array(String)}, '') AS kind,
    ts AS time,
    number,
    received_at
FROM {database:Identifier}.points AS points FINAL
WHERE product = {product:UInt32}
    AND metric IN {metrics:Array(UInt64)}
    AND event_id BETWEEN {first_id:UInt64} AND {last_id:UInt64}
    AND event_id >= transform(metric, {metrics:Array(UInt64)}, {first_ids:Array(UInt64)}, toUInt64(0))
    AND (
        empty({cuts:Array(UInt64)})
        OR version >= {cuts:Array(UInt64)}[
            transform(metric, {cut_metrics:Array(UInt64)}, {cut_places:Array(Int64)}, toInt64(1000000000)) + raw_partition
        ]
    )
    AND ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    AND ts < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
    AND is_deleted = 0
ORDER BY product, metric, event_id, nth
