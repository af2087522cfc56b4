-- How many metric ids stand for more than one stat: a hash of 52 bits may clash, once in ten thousand at a million stats.
SELECT count()
FROM
(
    SELECT product, metric
    FROM {database:Identifier}.metrics
    WHERE is_deleted = 0 AND raw_partition >= -1
    GROUP BY product, metric
    HAVING uniqExact(kind, name) > 1
)
