-- What was done, in each bucket, and in all of them together, of what each bucket has counted.
SELECT bucket, grouping(bucket) AS is_whole, toFloat64($amount) AS amount, toUInt64($per) AS per
FROM
(
    SELECT bucket, $counted
    FROM
    (
        $rows
    )
    GROUP BY bucket
)
GROUP BY ROLLUP(bucket)
