-- When what a product's people did and said within some seconds was done first, and last.
SELECT count(), toUInt64(toUnixTimestamp(min(at))), toUInt64(toUnixTimestamp(max(at)))
FROM
(
    SELECT at
    FROM {database:Identifier}.occurrences
    WHERE product = {product:UInt32} AND is_deleted = 0
      AND at >= toDateTime({since:UInt32}, 'UTC') AND at <= toDateTime({last:UInt32}, 'UTC')
    UNION ALL
    SELECT at
    FROM {database:Identifier}.property_values
    WHERE product = {product:UInt32} AND is_deleted = 0
      AND at >= toDateTime({since:UInt32}, 'UTC') AND at <= toDateTime({last:UInt32}, 'UTC')
)
