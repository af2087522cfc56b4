-- How many metrics stats.page_of has in all.
SELECT uniqExact(product, metric)
FROM
(
    {{ stats.there }}
)
