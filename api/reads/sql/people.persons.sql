-- Rows with the person whose the identity is, in the place of it.
SELECT if(aliased.person = 0, done.identity, aliased.person) AS person, $columns
FROM
(
    $rows
) AS done
{{ people.aliased }}
