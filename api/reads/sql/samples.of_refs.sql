-- The samples that have or had one of these refs, each of its stat; of each those that were written last.
SELECT id
FROM {database:Identifier}.samples
WHERE product = {product:UInt32}
    AND metric IN {metrics:Array(UInt64)}
    AND ref IN {refs:Array(String)}
    AND has(arrayZip({metrics:Array(UInt64)}, {refs:Array(String)}), (metric, ref))
GROUP BY metric, ref, id
ORDER BY max(version) DESC
LIMIT {limit:UInt32} BY metric, ref
