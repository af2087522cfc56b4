-- As export.points, times as times.
SELECT
    transform(metric, {metrics:Array(UInt64)}, {ids:Array(String)}, '') AS id,
    transform(metric, {metrics:Array(UInt64)}, {names:Array(String)}, '') AS name,
    transform(metric, {metrics:Array(UInt64)}, {kinds:Array(String)}, '') AS kind,
    ts AS time,
    number,
    received_at
{{ export.rows }}
