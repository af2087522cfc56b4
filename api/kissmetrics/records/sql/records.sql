-- What a product's people did and had set, each once a person and second, with some properties of it; of values that two of his identities
-- had of one property, the one that came last. A value is packed: 64 bits of a number or of the hash of a text, and above them 1 for a text,
-- 2 for a number.
SELECT
    done.second AS second, done.event AS event,
    if(aliased.person = 0, done.identity, aliased.person) AS person, min(done.identity) AS identity
$columns
FROM
(
    SELECT
        identity, second, event, nth, version,
        multiIf(
            isNotNull(number), bitOr(bitShiftLeft(toUInt128(2), 64), toUInt128(reinterpretAsUInt64(ifNull(number, 0)))),
            isNull(text) OR identity IN ($erased), toUInt128(0),
            bitOr(bitShiftLeft(toUInt128(1), 64), toUInt128(reinterpretAsUInt64(ifNull(text, 0))))
        ) AS packed
    FROM
    (
    SELECT identity, toUInt64(toUnixTimestamp(at)) AS second, toString(event) AS event, toInt8(-1) AS nth, toUInt64(0) AS version,
        CAST(NULL AS Nullable(Float64)) AS number, CAST(NULL AS Nullable(Int64)) AS text
    FROM occurrences
    WHERE product = $product AND second >= $since AND second < $until AND is_deleted = 0
    UNION ALL
    SELECT identity, toUInt64(toUnixTimestamp(at)) AS second, toString(event) AS event, toInt8(-1) AS nth, toUInt64(0) AS version,
        CAST(NULL AS Nullable(Float64)) AS number, CAST(NULL AS Nullable(Int64)) AS text
    FROM property_values FINAL
    WHERE product = $product AND second >= $since AND second < $until AND event = '' AND is_deleted = 0
$properties
    )
) AS done
LEFT JOIN
(
    SELECT identity, person
    FROM people FINAL
    WHERE product = $product AND person != identity AND is_deleted = 0
) AS aliased ON aliased.identity = done.identity
$indexes
GROUP BY second, event, person
