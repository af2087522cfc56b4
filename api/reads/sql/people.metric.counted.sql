-- What was done, in each bucket, and in all of them together.
SELECT bucket, grouping(bucket) AS is_whole, toFloat64($amount) AS amount, toUInt64($per) AS per
FROM
(
    $rows
)
GROUP BY ROLLUP(bucket)
