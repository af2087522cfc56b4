SELECT toUnixTimestamp64Milli(received_at)
FROM {database:Identifier}.points FINAL
WHERE product = {product:UInt32} AND metric = {metric:UInt64} AND event_id >= {first_id:UInt64}
    AND (empty({cuts:Array(UInt64)}) OR version >= {cuts:Array(UInt64)}[raw_partition + 2])
ORDER BY product, metric, event_id
LIMIT 1
