-- The numbers that were said, in each bucket, and in all of them together: of those that a person said with one event in one second the
-- last that came.
SELECT bucket, grouping(bucket) AS is_whole, sumKahan(last) AS amount, count() AS per
FROM
(
    SELECT bucket, person, second, event, argMax(value, version) AS last
    FROM
    (
        $rows
    )
    GROUP BY bucket, person, second, event
)
GROUP BY ROLLUP(bucket)
