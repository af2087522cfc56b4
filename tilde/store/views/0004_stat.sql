-- The numbers of the stats of one name: SELECT ... FROM tilde.stat(name = 'signups'). Reads those stats only.
CREATE OR REPLACE VIEW tilde.stat AS
SELECT product, metric, ts, number, received_at, event_id
FROM $database.points FINAL
WHERE is_deleted = 0
    AND (product, metric) IN (SELECT product, metric FROM $database.metrics WHERE name = {name:String})
    AND (product, metric) NOT IN
    (
        SELECT product, metric
        FROM $database.metrics
        WHERE raw_partition = -2
        GROUP BY product, metric
        HAVING argMax(name, version) != {name:String}
    )
