-- Events of some products: what was sent first comes first, so that new ones come last.
SELECT
    count() OVER (),
    product,
    event,
    `index`,
    total,
    {{ vocabulary.times }}
FROM {database:Identifier}.events FINAL
WHERE product IN {products:Array(UInt32)} AND is_deleted = 0
ORDER BY first_sent_at, event, product
LIMIT {limit:UInt32} OFFSET {skip:UInt64}
