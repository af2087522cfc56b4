-- The same of the people of each segment; of those beyond the largest together.
SELECT
    {{ people.segment }}
    toUInt32(0), sumForEach(counts)
FROM
(
    SELECT
        value,
        sumForEach(counted) AS counts,
        {{ people.place }}
    FROM
    (
        $again
    ) AS again
    LEFT JOIN
    (
        $said
    ) AS said ON said.person = again.person
    GROUP BY value
)
{{ people.by_segment }}
