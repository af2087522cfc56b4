-- What a product's people did and had set, each once a person and second, with some properties of it.
SELECT
    done.second AS second, done.event AS event,
    if(aliased.person = 0, done.identity, aliased.person) AS person, min(done.identity) AS identity
$columns
FROM
(
    SELECT identity, second, event, nth, number, if(identity IN ($erased), NULL, text) AS told
    FROM
    (
    SELECT identity, toUInt64(toUnixTimestamp(at)) AS second, toString(event) AS event, toInt8(-1) AS nth,
        CAST(NULL AS Nullable(Float64)) AS number, CAST(NULL AS Nullable(Int64)) AS text
    FROM occurrences
    WHERE product = $product AND second >= $since AND second < $until AND is_deleted = 0
    UNION ALL
    SELECT identity, toUInt64(toUnixTimestamp(at)) AS second, toString(event) AS event, toInt8(-1) AS nth,
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
