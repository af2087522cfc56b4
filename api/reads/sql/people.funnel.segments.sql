-- The same of the people of each segment; of those beyond the largest together.
SELECT
    {{ people.segment }}
    countForEachMerge(people), quantileExactInclusiveForEachMerge(0.5)(medians), avgForEachMerge(averages)
FROM
(
    SELECT
        value,
        countForEachState(waits) AS people,
        quantileExactInclusiveForEachState(0.5)(waits) AS medians,
        avgForEachState(waits) AS averages,
        {{ people.place }}
    FROM
    (
        $walks
    ) AS walks
    LEFT JOIN
    (
        $said
    ) AS said ON said.person = walks.person
    GROUP BY value
)
{{ people.by_segment }}
