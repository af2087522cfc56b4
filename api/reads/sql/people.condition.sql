-- That something was said with it, too.
(identity, second) IN
(
    SELECT identity, second
    FROM
    (
        $rows
    )
)
