SELECT toUnixTimestamp64Milli(received_at)
FROM {database:Identifier}.points FINAL
WHERE product = {product:UInt32} AND metric = {metric:UInt64}
    {{ sight.one }}
ORDER BY product, metric, event_id
LIMIT 1
