-- Every number with the name and kind of its stat. Handy for a few million rows; for one stat, `stat` is much faster.
CREATE OR REPLACE VIEW tilde.stats AS
SELECT
    points.product AS product,
    metrics.name AS name,
    metrics.kind AS kind,
    points.ts AS ts,
    points.number AS number,
    points.received_at AS received_at,
    points.metric AS metric,
    points.event_id AS event_id
FROM tilde.points AS points
INNER JOIN tilde.metrics AS metrics ON points.product = metrics.product AND points.metric = metrics.metric
