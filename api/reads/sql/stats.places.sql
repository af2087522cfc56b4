-- By metric and raw partition the highest version, and the highest event id: from the projection `places`, which has no
-- more rows than that, so without FINAL. Of a range of metrics, or of some in it.
SELECT metric, raw_partition, max(version), max(event_id)
FROM {database:Identifier}.points
WHERE product = {product:UInt32}
    AND metric BETWEEN {first:UInt64} AND {last:UInt64}
    AND (empty({metrics:Array(UInt64)}) OR metric IN {metrics:Array(UInt64)})
GROUP BY product, metric, raw_partition
