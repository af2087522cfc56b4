SELECT
    intDiv(toUnixTimestamp64Milli(ts) - {start_ms:Int64}, {step_ms:Int64}) AS bucket,
    sumKahan(number * {scale:Float64}) AS total,
    count() AS points
{{ points.of_stat }}
GROUP BY bucket
