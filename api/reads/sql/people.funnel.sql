-- How many people came to each step, and the median and the average of the seconds since the one before.
SELECT
    'everybody', 0,
    countForEach(waits), quantileExactInclusiveForEach(0.5)(waits), avgForEach(waits)
FROM
(
    $walks
)
