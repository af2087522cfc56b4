-- Stats that were deleted and have points received since, with the receipt of the first of those.
SELECT metric, toUnixTimestamp64Milli(argMin(received_at, event_id))
FROM {database:Identifier}.points FINAL
WHERE product = {product:UInt32}
    {{ sight.of_stats }}
GROUP BY metric
