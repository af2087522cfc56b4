-- What was said with some acts, by their places: all texts of one are sealed together.
SELECT version, any(key), any(said)
FROM {database:Identifier}.property_values
WHERE product = {product:UInt32} AND is_deleted = 0 AND text IS NOT NULL AND version IN {versions:Array(UInt64)}
  AND at >= toDateTime({since:UInt32}, 'UTC') AND at <= toDateTime({last:UInt32}, 'UTC')
GROUP BY version
