-- Rows of persons in steps of time: each in the one that began last.
SELECT *, roundDown(second, {starts:Array(UInt64)}) AS bucket
FROM
(
    $persons
)
