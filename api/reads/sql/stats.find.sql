SELECT metric, argMin(kind, event_id), argMin(name, event_id), toUnixTimestamp64Milli(min(first_seen_at))
FROM {database:Identifier}.metrics FINAL
WHERE product = {product:UInt32} AND raw_partition >= -1 AND metric IN {metrics:Array(UInt64)} AND is_deleted = 0
GROUP BY metric
