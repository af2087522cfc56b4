-- How many people saw each variation, and how many of them did the goal later; of variations beyond the largest together.
SELECT
    {{ people.segment }}
    sum(people), sum(converted)
FROM
(
    SELECT
        value,
        count() AS people,
        countIf(done.last > seen.at) AS converted,
        {{ people.place }}
    FROM
    (
        $said
    ) AS seen
    LEFT JOIN
    (
        SELECT person, bitShiftRight(marks[-1], 8) AS last
        FROM
        (
            $marks
        )
    ) AS done ON done.person = seen.person
    GROUP BY value
)
{{ people.by_segment }}
