-- What some identities did and had set before a second, the latest first: each event, or what was set without one, with its properties.
SELECT second, event, groupArrayIf((property, number, text, key, said), property != '')
FROM
(
    SELECT DISTINCT toUInt64(toUnixTimestamp(at)) AS second, event, '' AS property, NULL AS number, NULL AS text, 0 AS key, '' AS said
    FROM {database:Identifier}.occurrences
    WHERE product = {product:UInt32} AND identity IN {identities:Array(Int64)} AND is_deleted = 0
    UNION ALL
    SELECT toUInt64(toUnixTimestamp(at)) AS second, event, property, number, text, key, said
    FROM {database:Identifier}.property_values FINAL
    WHERE product = {product:UInt32} AND identity IN {identities:Array(Int64)} AND is_deleted = 0
)
WHERE second < {before:UInt64}
GROUP BY second, event
ORDER BY second DESC, event
LIMIT {limit:UInt32}
