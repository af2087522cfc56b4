-- When of which identity a property was said to be one of some values, with the event of this name or any; for condition $nth.
SELECT identity, toUInt64(toUnixTimestamp(at)) AS second, toUInt8($nth) AS nth$event
FROM {database:Identifier}.property_values FINAL
WHERE product = {product:UInt32} AND property = {property_$name:String} AND second >= {since_$name:UInt64} AND second < {until_$name:UInt64}
  AND ({event_$name:String} = '' OR event = {event_$name:String})
  AND (
      $holds
  )
  AND is_deleted = 0
