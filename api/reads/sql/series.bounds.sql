-- Buckets of unequal length. They are put together from even pieces that fit all of them: finding a bucket for each
-- single row takes twenty times as long.
SELECT
    roundDown({origin_s:Int64} + {piece_s:Int64} * piece, {starts:Array(Int64)}) AS start,
    sumKahan(piece_total) AS total,
    sum(piece_points) AS points
FROM
(
    SELECT
        intDiv(toUnixTimestamp64Milli(ts) - 1000 * {origin_s:Int64}, 1000 * {piece_s:Int64}) AS piece,
        sumKahan(number * {scale:Float64}) AS piece_total,
        count() AS piece_points
    {{ points.of_stat }}
    GROUP BY piece
)
GROUP BY start
