-- The newest samples of a stat. In the order on disk, so no more are read than are wanted.
SELECT
    {{ samples.columns }}
FROM {database:Identifier}.samples FINAL
WHERE product = {product:UInt32}
    AND metric = {metric:UInt64}
    {{ times.range }}
    AND version >= {cut:UInt64}
    AND is_deleted = 0
ORDER BY product DESC, metric DESC, ts DESC, id DESC
LIMIT {limit:UInt32}
