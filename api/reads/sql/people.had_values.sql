-- The first and the last value of a property that some identities' persons had within a span: a number, or a text that is sealed. Of those
-- of one second the one that came last is meant, in both.
SELECT
    person, uniqExact(second), min(second), max(second),
    argMin(value, (second, bitNot(version))), argMax(value, (second, version))
FROM
(
    SELECT
        toUInt64(toUnixTimestamp(at)) AS second,
        version,
        (number, text, key, said) AS value,
        transform(identity, {identities:Array(Int64)}, {persons:Array(Int64)}, toInt64(0)) AS person
    FROM {database:Identifier}.property_values FINAL
    WHERE product = {product:UInt32} AND property = {property:String} AND second >= {since:UInt64} AND second < {until:UInt64}
      AND identity IN {identities:Array(Int64)} AND is_deleted = 0
      AND
      {{ people.still_his }}
)
GROUP BY person
