-- How many properties.page has in all.
SELECT count()
FROM {database:Identifier}.properties FINAL
WHERE product IN {products:Array(UInt32)} AND is_deleted = 0
