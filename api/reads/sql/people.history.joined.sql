-- The persons behind one, by number, who have several identities.
SELECT person
FROM {database:Identifier}.people FINAL
WHERE product = {product:UInt32} AND person > {behind:Int64} AND is_deleted = 0
GROUP BY person
HAVING count() > 1
ORDER BY person
LIMIT {limit:UInt32}
