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
    FROM {database:Identifier}.points FINAL
    WHERE product = {product:UInt32}
        AND metric = {metric:UInt64}
        AND event_id >= {first_id:UInt64}
        AND (empty({cuts:Array(UInt64)}) OR version >= {cuts:Array(UInt64)}[raw_partition + 2])
        AND ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
        AND ts < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
        AND is_deleted = 0
    GROUP BY piece
)
GROUP BY start
