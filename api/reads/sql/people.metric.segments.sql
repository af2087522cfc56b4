-- The largest segments; all others together.
SELECT
    {{ people.segment }}
    sum(amount), sum(per)
FROM
(
    SELECT bucket AS value, amount, per, row_number() OVER (PARTITION BY value = 0 ORDER BY $size DESC, value) AS place
    FROM
    (
        $metric
    )
    WHERE is_whole = 0
)
{{ people.by_segment }}
