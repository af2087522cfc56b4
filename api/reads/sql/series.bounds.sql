-- Buckets of unequal length. They are put together from even grains that fit all of them: finding a bucket for each
-- single row takes twenty times as long.
SELECT
    roundDown({origin_s:Int64} + {grain_s:Int64} * grain, {starts:Array(Int64)}) AS start,
    sumKahan(grain_total) AS total,
    sum(grain_points) AS points
FROM
(
    SELECT
        intDiv(toUnixTimestamp64Milli(ts) - 1000 * {origin_s:Int64}, 1000 * {grain_s:Int64}) AS grain,
        sumKahan(number * {scale:Float64}) AS grain_total,
        count() AS grain_points
    {{ points.of_stat }}
    GROUP BY grain
)
GROUP BY start
