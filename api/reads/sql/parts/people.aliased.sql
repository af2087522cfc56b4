LEFT JOIN
(
    SELECT identity, person
    FROM {database:Identifier}.people FINAL
    WHERE product = {product:UInt32} AND person != identity AND is_deleted = 0
) AS aliased ON aliased.identity = done.identity
