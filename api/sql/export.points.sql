SELECT
    {id:String} AS id,
    {name:String} AS name,
    {kind:String} AS kind,
    formatDateTime(ts, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS time,
    number,
    formatDateTime(points.received_at, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS received_at
FROM {database:Identifier}.points AS points FINAL
WHERE product = {product:UInt32}
    AND metric = {metric:UInt64}
    AND event_id BETWEEN {first_id:UInt64} AND {last_id:UInt64}
    AND ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    AND ts < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
    AND is_deleted = 0
ORDER BY product, metric, event_id, nth
