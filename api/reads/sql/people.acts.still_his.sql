-- Which of the acts of some identities in some seconds were not done before an erasure.
SELECT DISTINCT toUInt64(toUnixTimestamp(at)) AS second, identity, toString(event) AS event
FROM {database:Identifier}.occurrences FINAL
WHERE product = {product:UInt32} AND second >= {since:UInt64} AND second <= {last:UInt64} AND second IN {seconds:Array(UInt64)}
  AND identity IN {identities:Array(Int64)} AND is_deleted = 0
  AND
  {{ people.still_his }}
UNION ALL
SELECT DISTINCT toUInt64(toUnixTimestamp(at)) AS second, identity, toString(event) AS event
FROM {database:Identifier}.property_values FINAL
WHERE product = {product:UInt32} AND second >= {since:UInt64} AND second <= {last:UInt64} AND second IN {seconds:Array(UInt64)}
  AND identity IN {identities:Array(Int64)} AND event = '' AND is_deleted = 0
  AND
  {{ people.still_his }}
