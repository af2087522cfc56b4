-- Of each person who did the first step, the seconds between the steps of the try that counts, before the first of them 0. `at_0` has
-- the seconds in which his tries began, `at_1` those in which each of them came to the next step.
SELECT person, arraySlice(arrayDifference([$reached]), 1, steps) AS waits
FROM
(
    SELECT
        person,
        $seconds,
        arrayMap(($tried) -> toUInt64($came), $tries) AS came,
        arrayMax(came) AS steps,
        indexOf(came, steps) AS best
    FROM
    (
        $marks
    )
)
WHERE notEmpty(at_0)
