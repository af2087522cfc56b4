SELECT
    intDiv(toUnixTimestamp64Milli(ts) - {start_ms:Int64}, {step_ms:Int64}) AS bucket,
    sumKahan(number * {scale:Float64}) AS total,
    count() AS points
FROM {database:Identifier}.points FINAL
WHERE product = {product:UInt32}
    AND metric = {metric:UInt64}
    AND event_id >= {first_id:UInt64}
    AND (empty({cuts:Array(UInt64)}) OR version >= {cuts:Array(UInt64)}[raw_partition + 2])
    AND ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    AND ts < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
    AND is_deleted = 0
GROUP BY bucket
