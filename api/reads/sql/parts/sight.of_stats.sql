-- What is in sight of some stats (api/reads/sights.py).
AND metric IN {metrics:Array(UInt64)}
AND event_id >= {least:UInt64}
AND event_id >= transform(metric, {metrics:Array(UInt64)}, {first_ids:Array(UInt64)}, toUInt64(0))
{{ sight.some }}
