-- The metrics of a range of ids that were seen, without those that were ever deleted.
SELECT metric, argMin(kind, first_seen_at), argMin(name, first_seen_at), toUnixTimestamp64Milli(min(first_seen_at))
FROM {database:Identifier}.metrics FINAL
WHERE product = {product:UInt32}
    AND metric BETWEEN {from_metric:UInt64} AND {last_metric:UInt64}
    AND metric NOT IN {deleted:Array(UInt64)}
    AND is_deleted = 0
GROUP BY metric
