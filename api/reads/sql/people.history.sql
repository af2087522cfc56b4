-- What a product's people did and said within some seconds, behind a place in the first of them: by second, and then as it came. An
-- act without a property has one that has no name. Numbers are texts, which lose nothing, not even a minus before a zero.
SELECT second, version, identity, event, is_his, property, number, text, size
FROM
(
    SELECT
        toUInt64(toUnixTimestamp(at)) AS second, version, identity, toString(event) AS event,
        toUInt8(
            {{ people.still_his }}
        ) AS is_his, '' AS property,
        CAST(NULL, 'Nullable(String)') AS number, CAST(NULL, 'Nullable(Int64)') AS text, toUInt64(0) AS size
    FROM {database:Identifier}.occurrences FINAL
    WHERE product = {product:UInt32} AND is_deleted = 0
      AND at >= toDateTime({since:UInt32}, 'UTC') AND at <= toDateTime({last:UInt32}, 'UTC')
    UNION ALL
    SELECT
        toUInt64(toUnixTimestamp(at)) AS second, version, identity, toString(event) AS event,
        toUInt8(
            {{ people.still_his }}
        ) AS is_his, toString(property) AS property,
        toString(number) AS number, text, length(said) AS size
    FROM {database:Identifier}.property_values FINAL
    WHERE product = {product:UInt32} AND is_deleted = 0
      AND at >= toDateTime({since:UInt32}, 'UTC') AND at <= toDateTime({last:UInt32}, 'UTC')
)
WHERE second > {since:UInt32} OR version > {behind:Int64}
ORDER BY second, version, property
LIMIT {limit:UInt32}
