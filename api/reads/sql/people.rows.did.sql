-- When which identity did an event, for condition $nth.
SELECT identity, toUInt64(toUnixTimestamp(at)) AS second, toUInt8($nth) AS nth
FROM {database:Identifier}.occurrences
WHERE product = {product:UInt32} AND event = {event_$name:String} AND second >= {since_$name:UInt64} AND second < {until_$name:UInt64}
  AND is_deleted = 0
