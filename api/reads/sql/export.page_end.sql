-- The last event id of the next page of one stat, and how many rows it has; copies that came twice are counted.
SELECT max(event_id), count()
FROM
(
    SELECT event_id
    FROM {database:Identifier}.points
    WHERE product = {product:UInt32}
        AND metric = {metric:UInt64}
        AND event_id >= {first_id:UInt64}
        {{ sight.some }}
        {{ times.range }}
    ORDER BY product, metric, event_id
    LIMIT {rows:UInt32}
)
