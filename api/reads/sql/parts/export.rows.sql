-- A page of export, in the order of the sorting key.
FROM {database:Identifier}.points AS points FINAL
WHERE product = {product:UInt32}
    AND metric IN {metrics:Array(UInt64)}
    AND event_id BETWEEN {first_id:UInt64} AND {last_id:UInt64}
    AND event_id >= transform(metric, {metrics:Array(UInt64)}, {first_ids:Array(UInt64)}, toUInt64(0))
    {{ sight.some }}
    {{ times.range }}
    AND is_deleted = 0
ORDER BY product, metric, event_id, nth
