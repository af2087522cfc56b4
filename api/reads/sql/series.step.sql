SELECT
    intDiv(toUnixTimestamp64Milli(ts) - {start_ms:Int64}, {step_ms:Int64}) AS bucket,
    sumKahan(number * {scale:Float64}) AS total,
    count() AS points
FROM {database:Identifier}.points FINAL
WHERE product = {product:UInt32}
    AND metric = {metric:UInt64}
    {{ sight.one }}
    {{ times.range }}
    AND is_deleted = 0
GROUP BY bucket
