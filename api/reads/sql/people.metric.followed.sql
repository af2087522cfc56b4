-- What was done, and what followed it, in each bucket, and in all of them together. Of a person both stand in one order of marks: twice
-- the second, and one more for the first event, so that what is done in the same second comes before it and does not follow. What was
-- done is followed where the next mark is one of the other event; within a bucket, where that is in the same one.
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
        next > 0 AND next % 2 = 0 AS followed,
        followed AND next_bucket = bucket AS followed_within,
        if(followed, intDiv(next, 2) - intDiv(mark, 2), 0) AS waited
    FROM
    (
        SELECT
            person,
            bucket,
            second * 2 + (nth = 0) AS mark,
            leadInFrame(mark, 1, toUInt64(0)) OVER one AS next,
            leadInFrame(bucket, 1, bucket) OVER one AS next_bucket
        FROM
        (
            $rows
        )
        WINDOW one AS (PARTITION BY person ORDER BY mark ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
    )
    -- Rows that are there twice stand side by side, and the last of them is taken.
    WHERE mark % 2 = 1 AND next != mark
)
GROUP BY ROLLUP(bucket)
