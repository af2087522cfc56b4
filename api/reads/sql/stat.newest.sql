-- Data was received when its newest number came in, also where that number was deleted since: so no FINAL.
SELECT toUnixTimestamp64Milli(received_at)
FROM {database:Identifier}.points
WHERE product = {product:UInt32} AND metric = {metric:UInt64}
    {{ sight.one }}
ORDER BY product DESC, metric DESC, event_id DESC
LIMIT 1
