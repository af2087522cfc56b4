SELECT count(), sumKahan(number * {scale:Float64}), min(number), max(number)
FROM {database:Identifier}.points FINAL
WHERE product = {product:UInt32}
    AND metric = {metric:UInt64}
    {{ sight.one }}
    {{ times.range }}
    AND is_deleted = 0
