-- The persons of whom something holds. What an identity did is done by the person whose it is, since an alias by another one.
SELECT person
FROM
(
    SELECT
        if(aliased.person = 0, done.identity, aliased.person) AS person,
        groupBitOr(bitShiftLeft(toUInt64(1), nth)) AS conditions$aggregates
    FROM
    (
        $rows
    ) AS done
    LEFT JOIN
    (
        SELECT identity, person
        FROM {database:Identifier}.people FINAL
        WHERE product = {product:UInt32} AND person != identity AND is_deleted = 0
    ) AS aliased ON aliased.identity = done.identity
    GROUP BY person
)
WHERE $condition
