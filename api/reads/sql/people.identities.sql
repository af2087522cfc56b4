-- The identities of some persons, each with what opens it.
SELECT person, identity, key, who, toUnixTimestamp64Milli(first_received_at)
FROM {database:Identifier}.people FINAL
WHERE product = {product:UInt32} AND person IN {persons:Array(Int64)} AND is_deleted = 0
ORDER BY person, first_received_at, identity
