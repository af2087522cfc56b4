-- What is in sight of some stats, but for what was deleted by event id.
AND (
    empty({cuts:Array(UInt64)})
    OR version >= {cuts:Array(UInt64)}[
        transform(metric, {cut_metrics:Array(UInt64)}, {cut_places:Array(Int64)}, toInt64(1000000000)) + raw_partition
    ]
)
