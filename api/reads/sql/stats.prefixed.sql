-- The metrics that were seen whose names begin so, behind one of them.
SELECT metric, any(kind), any(name)
FROM {database:Identifier}.metrics FINAL
WHERE product = {product:UInt32} AND raw_partition >= -1 AND metric > {after:UInt64} AND startsWith(name, {prefix:String}) AND is_deleted = 0
GROUP BY metric
ORDER BY metric
LIMIT {limit:UInt32}
