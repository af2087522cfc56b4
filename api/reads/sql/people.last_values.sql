-- The last value of each property of some identities: of one second the one that came last.
SELECT property, max(toUInt64(toUnixTimestamp(at))), argMax((number, text, key, said), (at, version))
FROM {database:Identifier}.property_values FINAL
WHERE product = {product:UInt32} AND identity IN {identities:Array(Int64)} AND is_deleted = 0
  AND
  {{ people.still_his }}
GROUP BY property
ORDER BY property
LIMIT {limit:UInt32}
