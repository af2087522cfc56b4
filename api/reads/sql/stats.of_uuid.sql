-- The metrics that may have a UUID of version 5, by what of it is the hash's: all but version and variant. It reads the
-- names of all metrics of these products. A metric whose id does not follow from its name has its id in the hash.
SELECT DISTINCT product, metric
FROM {database:Identifier}.metrics
WHERE product IN {products:Array(UInt32)} AND raw_partition >= -1 AND is_deleted = 0
    AND arrayExists(
        hash -> substring(hash, 1, 6) = unhex({head:String}) AND substring(hash, 8, 1) = unhex({seventh:String})
            AND substring(hash, 10, 7) = unhex({tail:String}),
        arrayMap(
            text -> toString(SHA1(concat(unhex({namespace:String}), text))),
            [
                concat(toString(product), '/', toString(kind), '/', name),
                concat(toString(product), '/', toString(kind), '/', name, '\0', toString(metric))
            ]
        )
    )
