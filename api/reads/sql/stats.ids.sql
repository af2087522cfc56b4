-- The ids of the metrics that were seen, from one on. In the order on disk, so no more are read than are wanted.
SELECT metric
FROM {database:Identifier}.metrics
WHERE product = {product:UInt32} AND raw_partition >= -1 AND metric >= {from_metric:UInt64}
ORDER BY product, metric
LIMIT 1 BY metric
LIMIT {rows:UInt32}
