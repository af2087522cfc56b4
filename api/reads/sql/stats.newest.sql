SELECT metric, toUnixTimestamp64Milli(max(received_at))
FROM {database:Identifier}.points
WHERE product = {product:UInt32} AND metric IN {metrics:Array(UInt64)} AND event_id >= {least:UInt64}
GROUP BY metric
