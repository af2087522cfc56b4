-- The metrics of several products that are there: the oldest first.
SELECT count() OVER (), product, metric, min(began_ms) AS created_ms
FROM
(
    {{ stats.there }}
)
GROUP BY product, metric
ORDER BY created_ms, product, metric
LIMIT {limit:UInt32} OFFSET {skip:UInt64}
