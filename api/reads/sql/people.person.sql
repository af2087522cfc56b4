-- The person that an identity is of.
SELECT person
FROM {database:Identifier}.people FINAL
WHERE product = {product:UInt32} AND identity = {identity:Int64} AND is_deleted = 0
