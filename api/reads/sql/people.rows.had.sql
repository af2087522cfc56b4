-- When of which identity a property was said to be one of some values, with the event of this name or any; for condition $nth.
SELECT identity, toUInt64(toUnixTimestamp(at)) AS second, toUInt8($nth) AS nth$event
FROM {database:Identifier}.property_values FINAL
WHERE product = {product:UInt32} AND property = {property_$number:String} AND second >= {since_$number:UInt64} AND second < {until_$number:UInt64}
  AND ({event_$number:String} = '' OR event = {event_$number:String})
  AND ({is_any_$number:Bool} OR ifNull(number BETWEEN {low_$number:Float64} AND {high_$number:Float64}, 0) OR has({texts_$number:Array(Int64)}, text))
  AND is_deleted = 0
