-- Persons who did it, and those of whom the other event followed, in each bucket, and in all of them together; within a bucket, where both
-- are in it. Each counts by what he did first, there and of all, so that no set of persons is needed.
SELECT
    bucket,
    grouping(bucket) AS is_whole,
    toFloat64(if(is_whole = 1, countIf(is_first AND followed), countIf(followed_within))) AS amount,
    toUInt64(if(is_whole = 1, countIf(is_first), count())) AS per
FROM
(
    SELECT bucket, before < 0 AS is_first, followed_at > 0 AS followed, followed AND $is_within AS followed_within
    FROM
    (
        $rows
    )
    WHERE $is_new
)
GROUP BY ROLLUP(bucket)
