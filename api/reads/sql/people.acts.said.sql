-- What was said with acts of some identities in some seconds; of one person and second the last word is last.
SELECT toUInt64(toUnixTimestamp(at)) AS second, identity, event, property, number, text, key, said
FROM {database:Identifier}.property_values FINAL
WHERE product = {product:UInt32} AND second >= {since:UInt64} AND second <= {last:UInt64} AND second IN {seconds:Array(UInt64)}
  AND identity IN {identities:Array(Int64)} AND is_deleted = 0
  AND
  {{ people.still_his }}
ORDER BY version
