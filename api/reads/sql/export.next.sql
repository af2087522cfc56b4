-- The next metrics that have rows, and how many: as many as `rows` rows reach, so that the last one may have more.
-- Read in the order of the sorting key from where the last page ended: all pages together read the table once.
SELECT metric, count()
FROM
(
    SELECT metric
    FROM {database:Identifier}.points
    WHERE product = {product:UInt32}
        AND metric >= {from_metric:UInt64}
        {{ times.range }}
    ORDER BY product, metric
    LIMIT {rows:UInt32}
)
GROUP BY metric
ORDER BY metric
