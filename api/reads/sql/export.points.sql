SELECT
    transform(metric, {metrics:Array(UInt64)}, {ids:Array(String)}, '') AS id,
    transform(metric, {metrics:Array(UInt64)}, {names:Array(String)}, '') AS name,
    transform(metric, {metrics:Array(UInt64)}, {kinds:Array(String)}, '') AS kind,
    concat(replaceOne(toString(ts), ' ', 'T'), 'Z') AS time,
    number,
    concat(replaceOne(toString(points.received_at), ' ', 'T'), 'Z') AS received_at
{{ export.rows }}
