SELECT
    {id:String} AS id,
    {name:String} AS name,
    {kind:String} AS kind,
    concat(replaceOne(toString(ts), ' ', 'T'), 'Z') AS time,
    number,
    concat(replaceOne(toString(points.received_at), ' ', 'T'), 'Z') AS received_at
FROM {database:Identifier}.points AS points FINAL
WHERE product = {product:UInt32}
    AND metric = {metric:UInt64}
    AND event_id BETWEEN {first_id:UInt64} AND {last_id:UInt64}
    AND ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    AND ts < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
    AND is_deleted = 0
ORDER BY product, metric, event_id, nth
