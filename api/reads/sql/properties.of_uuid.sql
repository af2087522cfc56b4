-- The properties that may have a UUID of version 5, by what of it is the hash's: all but version and variant. The
-- namespace is their product's UUID. It reads the names of all properties of these products.
SELECT
    product,
    property,
    `index`,
    toUInt64(0),
    {{ vocabulary.times }}
FROM
(
    SELECT
        *,
        transform(product, {products:Array(UInt32)}, {namespaces:Array(String)}, '') AS namespace,
        toString(SHA1(concat(unhex(namespace), {prefix:String}, property))) AS hash
    FROM {database:Identifier}.properties FINAL
    WHERE product IN {products:Array(UInt32)} AND is_deleted = 0
)
WHERE
    {{ vocabulary.hash }}
