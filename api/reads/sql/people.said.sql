-- The value of a property that counts of each person, and when it was said: the last within a span; the first where `turned` has all 32
-- bits, so that an earlier second is the larger number. A value is packed: 64 bits of a number or of the hash of a text, and above them
-- 1 for a text, 2 for a number.
SELECT person, value, bitXor(turn, {turned:UInt64}) AS at
FROM
(
    SELECT
        if(aliased.person = 0, done.identity, aliased.person) AS person,
        max(nth) AS turn,
        argMax(packed, bitOr(bitShiftLeft(toUInt128(nth), 64), toUInt128(version))) AS value
    FROM
    (
        SELECT
            identity,
            version,
            toUInt64(toUnixTimestamp(at)) AS second,
            bitXor(second, {turned:UInt64}) AS nth,
            bitOr(
                bitShiftLeft(if(isNull(text), toUInt128(2), toUInt128(1)), 64),
                toUInt128(if(isNull(text), reinterpretAsUInt64(ifNull(number, 0)), reinterpretAsUInt64(ifNull(text, 0))))
            ) AS packed
        FROM {database:Identifier}.property_values
        WHERE product = {product:UInt32} AND property = {property:String}
          AND second >= {said_since:UInt64} AND second < {said_until:UInt64} AND is_deleted = 0
    ) AS done
    {{ people.aliased }}
    GROUP BY person
)
