-- What was done, and what followed it, in each bucket, and in all of them together; within a bucket, where both are in it.
SELECT
    bucket,
    grouping(bucket) AS is_whole,
    toFloat64(if(is_whole = 1, $amount_of_all, $amount)) AS amount,
    toUInt64(if(is_whole = 1, $per_of_all, $per)) AS per
FROM
(
    SELECT
        person,
        bucket,
        followed_at > 0 AS followed,
        followed AND $is_within AS followed_within,
        if(followed, followed_at - second, 0) AS waited
    FROM
    (
        $rows
    )
)
GROUP BY ROLLUP(bucket)
