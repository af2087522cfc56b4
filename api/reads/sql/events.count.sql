-- How many events.page has in all.
SELECT count()
FROM {database:Identifier}.events FINAL
WHERE product IN {products:Array(UInt32)} AND is_deleted = 0
