-- The points of one stat that are in sight, of a range of time.
FROM {database:Identifier}.points FINAL
WHERE product = {product:UInt32}
    AND metric = {metric:UInt64}
    {{ sight.one }}
    {{ times.range }}
    AND is_deleted = 0
