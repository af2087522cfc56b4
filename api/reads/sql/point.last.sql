-- The number received last. No more than the newest rows are read: the sorting key ends in the order of receipt.
SELECT toUnixTimestamp64Milli(ts), toUnixTimestamp64Milli(received_at), number, event_id
FROM {database:Identifier}.points FINAL
WHERE product = {product:UInt32} AND metric = {metric:UInt64} AND is_deleted = 0
    {{ sight.one }}
ORDER BY product DESC, metric DESC, event_id DESC, nth DESC
LIMIT 1
