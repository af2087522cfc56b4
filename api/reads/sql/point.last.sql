-- The number received last. No more than the newest rows are read: the sorting key ends in the order of receipt.
SELECT toUnixTimestamp64Milli(ts), toUnixTimestamp64Milli(received_at), number, event_id
FROM {database:Identifier}.points FINAL
WHERE product = {product:UInt32} AND metric = {metric:UInt64} AND event_id >= {first_id:UInt64} AND is_deleted = 0
    AND (empty({cuts:Array(UInt64)}) OR version >= {cuts:Array(UInt64)}[raw_partition + 2])
ORDER BY product DESC, metric DESC, event_id DESC, nth DESC
LIMIT 1
