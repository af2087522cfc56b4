-- When which person did first what some conditions ask for, with whichever of his identities. The nth of a row is twice the place of its
-- condition, and one more where it counts not, and only says that it was done. Of the first second one that counts comes first.
SELECT person AS identity, bitShiftRight(first, 1) AS second, nth
FROM
(
    SELECT if(aliased.person = 0, done.identity, aliased.person) AS person, [$firsts] AS firsts
    FROM
    (
        $rows
    ) AS done
    {{ people.aliased }}
    GROUP BY person
)
ARRAY JOIN firsts AS first, {nths_$name:Array(UInt8)} AS nth, {sinces_$name:Array(UInt64)} AS since
WHERE NOT bitTest(first, 0) AND second >= since AND second < 4294967296
