-- Those of some persons who have several identities.
SELECT person
FROM {database:Identifier}.people FINAL
WHERE product = {product:UInt32} AND person IN {persons:Array(Int64)} AND is_deleted = 0
GROUP BY person
HAVING count() > 1
