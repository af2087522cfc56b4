-- Whose a stat is, of whichever product. It reads one column of all stats: for who names an id that is not his.
SELECT product
FROM {database:Identifier}.metrics
WHERE metric = {metric:UInt64}
LIMIT 1
