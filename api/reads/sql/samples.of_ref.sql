-- The samples of a stat that have or had a ref, those that were written last first.
SELECT id
FROM {database:Identifier}.samples
WHERE product = {product:UInt32} AND metric = {metric:UInt64} AND ref = {ref:String}
GROUP BY id
ORDER BY max(version) DESC
LIMIT {limit:UInt32}
