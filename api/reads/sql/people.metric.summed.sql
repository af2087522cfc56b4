-- The numbers that were said, in each bucket, and in all of them together.
SELECT bucket, grouping(bucket) AS is_whole, sumKahan(last) AS amount, count() AS per
FROM
(
    $rows
)
GROUP BY ROLLUP(bucket)
