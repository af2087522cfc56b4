-- What the numbers of a property come to that some identities' persons had within a span: of those that a person said with one event in
-- one second the last that came. The median of an even number of them lies in the middle between two.
SELECT person, sumKahan(value), min(value), max(value), sumKahan(value) / count(), quantileExactInclusive(0.5)(value)
FROM
(
    SELECT
        transform(identity, {identities:Array(Int64)}, {persons:Array(Int64)}, toInt64(0)) AS person,
        argMax(assumeNotNull(number), version) AS value
    FROM {database:Identifier}.property_values FINAL
    WHERE product = {product:UInt32} AND property = {property:String}
      AND toUInt64(toUnixTimestamp(at)) >= {since:UInt64} AND toUInt64(toUnixTimestamp(at)) < {until:UInt64}
      AND identity IN {identities:Array(Int64)} AND number IS NOT NULL AND is_deleted = 0
      AND
      {{ people.still_his }}
    GROUP BY person, at, event
)
GROUP BY person
