-- The numbers of a property, when they were said and with which event: that of this name or any, and where it said something else, too.
SELECT identity, toUInt64(toUnixTimestamp(at)) AS second, event, assumeNotNull(number) AS value, version
FROM {database:Identifier}.property_values FINAL
WHERE product = {product:UInt32} AND property = {summed:String} AND second >= {summed_since:UInt64} AND second < {summed_until:UInt64}
  AND ({summed_event:String} = '' OR event = {summed_event:String})
  AND number IS NOT NULL AND is_deleted = 0
  AND $condition
