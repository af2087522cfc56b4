-- The names of a product's events, by index.
SELECT index, event FROM {database:Identifier}.events FINAL WHERE product = {product:UInt32} AND is_deleted = 0
