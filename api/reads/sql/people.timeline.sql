-- What some identities did and had set before a second, the latest first: each event, or what was set without one, with its properties;
-- of values that two identities had of one property with it, the one that came last.
SELECT second, event, arraySort(each -> each.1, groupArrayIf((property, value), property != ''))
FROM
(
    SELECT second, event, property, argMax((number, text, key, said), version) AS value
    FROM
    (
        SELECT DISTINCT
            toUInt64(toUnixTimestamp(at)) AS second, event, '' AS property, toUInt64(0) AS version,
            NULL AS number, NULL AS text, 0 AS key, '' AS said
        FROM {database:Identifier}.occurrences
        WHERE product = {product:UInt32} AND identity IN {identities:Array(Int64)} AND is_deleted = 0
          AND
          {{ people.still_his }}
        UNION ALL
        SELECT toUInt64(toUnixTimestamp(at)) AS second, event, property, version, number, text, key, said
        FROM {database:Identifier}.property_values FINAL
        WHERE product = {product:UInt32} AND identity IN {identities:Array(Int64)} AND is_deleted = 0
          AND
          {{ people.still_his }}
    )
    WHERE second < {before:UInt64}
    GROUP BY second, event, property
)
GROUP BY second, event
ORDER BY second DESC, event
LIMIT {limit:UInt32}
