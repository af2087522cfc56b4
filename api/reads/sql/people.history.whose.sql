-- Some identities, each with the person that it is of and what opens it.
SELECT identity, person, key, who
FROM {database:Identifier}.people FINAL
WHERE product = {product:UInt32} AND identity IN {identities:Array(Int64)} AND is_deleted = 0
