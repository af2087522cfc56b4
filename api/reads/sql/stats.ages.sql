-- The metrics that were seen, by age, behind one of them.
SELECT metric, toUnixTimestamp64Milli(min(first_seen_at)) AS began_ms
FROM {database:Identifier}.metrics FINAL
WHERE product = {product:UInt32} AND raw_partition >= -1 AND is_deleted = 0
GROUP BY metric
HAVING (began_ms, metric) > ({after_ms:Int64}, {after_metric:UInt64})
ORDER BY began_ms, metric
LIMIT {rows:UInt32}
