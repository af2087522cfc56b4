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
    {{ people.aliased }}
    GROUP BY person
)
WHERE $condition
