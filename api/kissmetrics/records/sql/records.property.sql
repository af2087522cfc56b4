    UNION ALL
    SELECT identity, toUInt64(toUnixTimestamp(at)) AS second, toString(event) AS event, toInt8($nth) AS nth, version, number, text
    FROM property_values FINAL
    WHERE product = $product AND second >= $since AND second < $until AND property = $property AND is_deleted = 0
