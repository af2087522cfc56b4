-- That the event said something else, too.
(identity, second, event) IN
(
    SELECT identity, second, event
    FROM
    (
        $rows
    )
)
