-- Some identities, each with what opens it.
SELECT identity, key, who
FROM {database:Identifier}.people FINAL
WHERE product = {product:UInt32} AND identity IN {identities:Array(Int64)} AND is_deleted = 0
