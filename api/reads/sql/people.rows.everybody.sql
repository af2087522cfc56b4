-- Everybody, who may have done nothing of what is asked for.
SELECT identity, toUInt64(0) AS second, toUInt8($nth) AS nth
FROM {database:Identifier}.people FINAL
WHERE product = {product:UInt32} AND person = identity AND is_deleted = 0
