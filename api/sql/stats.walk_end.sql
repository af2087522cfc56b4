-- The last metric of the next `rows` rows, copies of a metric included, and how many rows there were.
SELECT max(metric), count()
FROM
(
    SELECT metric
    FROM {database:Identifier}.metrics
    WHERE product = {product:UInt32} AND metric >= {from_metric:UInt64}
    ORDER BY product, metric
    LIMIT {rows:UInt32}
)
