-- What which identity did when that said of a property that it is one of some values.
SELECT identity, toUInt64(toUnixTimestamp(at)) AS second, toString(event) AS event
FROM {database:Identifier}.property_values FINAL
WHERE product = {product:UInt32} AND property = {property:String} AND second >= {since:UInt64} AND second < {until:UInt64}
  AND (empty({events:Array(String)}) OR event IN {events:Array(String)})
  AND ({is_of_all:Bool} OR identity IN {identities:Array(Int64)})
  AND ({is_any:Bool} OR ifNull(number BETWEEN {low:Float64} AND {high:Float64}, 0) OR has({texts:Array(Int64)}, text))
  AND is_deleted = 0
  AND
  {{ people.still_his }}
