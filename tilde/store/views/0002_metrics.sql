-- Every stat once, with its name, its kind and the id that URLs show. A row of raw partition -2 is no sight of it: it says
-- the name that it has since then.
CREATE OR REPLACE VIEW tilde.metrics AS
SELECT
    product,
    metric,
    arrayStringConcat(arrayMap(
        place -> substring('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 1 + intDiv(metric, place) % 62, 1),
        [218340105584896, 3521614606208, 56800235584, 916132832, 14776336, 238328, 3844, 62, 1]
    )) AS id,
    argMin(kind, event_id) AS kind,
    if(
        countIf(raw_partition = -2) = 0,
        argMin(name, event_id),
        argMaxIf(name, version, raw_partition = -2)
    ) AS name,
    minIf(first_seen_at, raw_partition >= -1) AS first_seen_at
FROM $database.metrics FINAL
WHERE is_deleted = 0
GROUP BY product, metric
HAVING countIf(raw_partition >= -1) > 0
