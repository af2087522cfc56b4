-- The numbers that were said, in each bucket, and in all of them together: of those that a person said in one second the last that came.
SELECT bucket, grouping(bucket) AS is_whole, sumKahan(last) AS amount, count() AS per
FROM
(
    SELECT bucket, person, second, argMax(value, event_id) AS last
    FROM
    (
        $rows
    )
    GROUP BY bucket, person, second
)
GROUP BY ROLLUP(bucket)
