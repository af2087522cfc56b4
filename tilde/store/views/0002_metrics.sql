-- Every stat once, with its name, its kind and the id that URLs show.
CREATE OR REPLACE VIEW tilde.metrics AS
SELECT
    product,
    metric,
    arrayStringConcat(arrayMap(
        place -> substring('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 1 + intDiv(metric, place) % 62, 1),
        [218340105584896, 3521614606208, 56800235584, 916132832, 14776336, 238328, 3844, 62, 1]
    )) AS id,
    argMin(kind, event_id) AS kind,
    argMin(name, event_id) AS name,
    min(first_seen_at) AS first_seen_at
FROM $database.metrics FINAL
WHERE is_deleted = 0
GROUP BY product, metric
