-- The names of a product's properties, by index.
SELECT index, property FROM {database:Identifier}.properties FINAL WHERE product = {product:UInt32} AND is_deleted = 0
