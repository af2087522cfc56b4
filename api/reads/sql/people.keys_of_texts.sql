-- Some texts that a property has had, each sealed with the keys of all who had it.
SELECT hash, groupArray((key, said))
FROM
(
    SELECT assumeNotNull(text) AS hash, key, any(said) AS said
    FROM {database:Identifier}.property_values
    WHERE product = {product:UInt32} AND property = {property:String} AND text IN {texts:Array(Int64)} AND is_deleted = 0
    GROUP BY hash, key
)
GROUP BY hash
