-- Buckets by what is said of numbers under a key of their meta, as JSON; empty: nothing, as of what is no sample. A sample
-- and its point are written with one version, and a stat's raw events are in one partition of their topic, so the
-- version finds one by the other. Buckets are put together from even grains, as in series.bounds.
SELECT
    said,
    groupArray((start, total, points)) AS cells,
    count() OVER () AS segments
FROM
(
    SELECT
        said,
        roundDown({origin_s:Int64} + {grain_s:Int64} * grain, {starts:Array(Int64)}) AS start,
        sumKahan(grain_total) AS total,
        sum(grain_points) AS points
    FROM
    (
        SELECT
            said,
            intDiv(toUnixTimestamp64Milli(ts) - 1000 * {origin_s:Int64}, 1000 * {grain_s:Int64}) AS grain,
            sumKahan(number * {scale:Float64}) AS grain_total,
            count() AS grain_points
        FROM
        (
            SELECT ts, number, if(raw_partition >= {first_partition:UInt16}, version, {no_version:UInt64}) AS written
            {{ points.of_stat }}
        ) AS numbers
        LEFT ANY JOIN
        (
            SELECT version AS written, JSONExtractRaw(meta, {key:String}) AS said
            FROM {database:Identifier}.samples FINAL
            WHERE product = {product:UInt32}
                AND metric = {metric:UInt64}
                {{ times.range }}
                AND is_deleted = 0
                AND meta != ''
        ) AS metas
        USING written
        GROUP BY said, grain
    )
    GROUP BY said, start
)
GROUP BY said
ORDER BY sum(points) DESC, said
LIMIT {limit:UInt32}
