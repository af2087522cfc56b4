-- How often some identities' persons did an event within a span, first and last.
SELECT person, uniqExact(second), min(second), max(second)
FROM
(
    SELECT toUInt64(toUnixTimestamp(at)) AS second, transform(identity, {identities:Array(Int64)}, {persons:Array(Int64)}, toInt64(0)) AS person
    FROM {database:Identifier}.occurrences
    WHERE product = {product:UInt32} AND event = {event:String} AND second >= {since:UInt64} AND second < {until:UInt64}
      AND identity IN {identities:Array(Int64)} AND is_deleted = 0
      AND
      {{ people.still_his }}
)
GROUP BY person
