LEFT JOIN
(
    SELECT event AS name, index
    FROM events FINAL
    WHERE product = $product AND is_deleted = 0
) AS indexed ON indexed.name = done.event
