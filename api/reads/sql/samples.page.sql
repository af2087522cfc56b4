-- The newest samples of a stat. In the order on disk, so no more are read than are wanted.
SELECT
    product,
    metric,
    id,
    ref,
    number,
    toUnixTimestamp64Milli(ts),
    meta,
    toUnixTimestamp64Milli(created_at),
    toUnixTimestamp64Milli(updated_at)
FROM {database:Identifier}.samples FINAL
WHERE product = {product:UInt32}
    AND metric = {metric:UInt64}
    AND ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    AND ts < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
    AND version >= {cut:UInt64}
    AND is_deleted = 0
ORDER BY product DESC, metric DESC, ts DESC, id DESC
LIMIT {limit:UInt32}
