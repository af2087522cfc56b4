-- Days of some stats; their beginnings are said one by one, since a day may have 23 hours, or 25.
SELECT
    metric,
    arrayCount(begin -> begin <= toUnixTimestamp64Milli(ts), {later_ms:Array(Int64)}) AS nth,
    sumKahan(number * {scale:Float64}) AS total,
    count() AS points
FROM {database:Identifier}.points FINAL
WHERE product = {product:UInt32}
    {{ sight.of_stats }}
    {{ times.range }}
    AND is_deleted = 0
GROUP BY metric, nth
