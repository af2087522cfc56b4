-- When of which identity a property was said to be one of some values, with the event of this name or any; for condition $nth.
SELECT identity, toUInt64(toUnixTimestamp(at)) AS second, toUInt8($nth) AS nth
FROM {database:Identifier}.property_values FINAL
WHERE product = {product:UInt32} AND property = {property_$nth:String} AND second >= {since_$nth:UInt64} AND second < {until_$nth:UInt64}
  AND ({event_$nth:String} = '' OR event = {event_$nth:String})
  AND ({is_any_$nth:Bool} OR ifNull(number BETWEEN {low_$nth:Float64} AND {high_$nth:Float64}, 0) OR has({texts_$nth:Array(Int64)}, text))
  AND is_deleted = 0
