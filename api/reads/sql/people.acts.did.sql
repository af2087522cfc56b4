-- What which identity did when: some events, or all, and what was set without one.
SELECT identity, toUInt64(toUnixTimestamp(at)) AS second, toString(event) AS event
FROM {database:Identifier}.occurrences
WHERE product = {product:UInt32} AND second >= {since:UInt64} AND second < {until:UInt64}
  AND (empty({events:Array(String)}) OR event IN {events:Array(String)})
  AND ({is_of_all:Bool} OR identity IN {identities:Array(Int64)}) AND is_deleted = 0
  AND
  {{ people.still_his }}
UNION ALL
SELECT identity, toUInt64(toUnixTimestamp(at)) AS second, toString(event) AS event
FROM {database:Identifier}.property_values FINAL
WHERE product = {product:UInt32} AND second >= {since:UInt64} AND second < {until:UInt64}
  AND empty({events:Array(String)}) AND event = ''
  AND ({is_of_all:Bool} OR identity IN {identities:Array(Int64)}) AND is_deleted = 0
  AND
  {{ people.still_his }}
