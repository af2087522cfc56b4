-- The points in sight of one metric that lie in a range of time, in the order of receipt, behind one of them.
SELECT event_id, nth, toUnixTimestamp64Milli(ts), toUnixTimestamp64Milli(received_at), number
FROM {database:Identifier}.points FINAL
WHERE product = {product:UInt32}
    AND metric = {metric:UInt64}
    AND event_id >= greatest({first_id:UInt64}, {after_id:UInt64})
    AND (event_id > {after_id:UInt64} OR nth > {after_nth:Int32})
    AND (empty({cuts:Array(UInt64)}) OR version >= {cuts:Array(UInt64)}[raw_partition + 2])
    {{ times.range }}
    AND is_deleted = 0
ORDER BY product, metric, event_id, nth
LIMIT {limit:UInt32}
