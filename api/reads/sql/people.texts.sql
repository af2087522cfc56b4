-- The texts that a property has had, all or some, each sealed with the keys of some who had it, so many at most.
SELECT hash, groupArray({keys:UInt8})((key, said))
FROM
(
    SELECT assumeNotNull(text) AS hash, key, any(said) AS said
    FROM {database:Identifier}.property_values
    WHERE product = {product:UInt32} AND property = {property:String} AND text IS NOT NULL
      AND ({is_any:Bool} OR text IN {texts:Array(Int64)}) AND is_deleted = 0
    GROUP BY hash, key
)
GROUP BY hash
