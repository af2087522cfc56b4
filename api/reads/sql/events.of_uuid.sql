-- The events that may have a UUID of version 5, by what of it is the hash's: all but version and variant. The
-- namespace is their product's UUID. It reads the names of all events of these products.
SELECT
    product,
    event,
    `index`,
    total,
    {{ vocabulary.times }}
FROM
(
    SELECT
        *,
        transform(product, {products:Array(UInt32)}, {namespaces:Array(String)}, '') AS namespace,
        toString(SHA1(concat(unhex(namespace), {prefix:String}, event))) AS hash
    FROM {database:Identifier}.events FINAL
    WHERE product IN {products:Array(UInt32)} AND is_deleted = 0
)
WHERE
    {{ vocabulary.hash }}
