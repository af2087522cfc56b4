-- Rows of persons in segments: each in that of the value which counts of his person.
SELECT persons.*, said.value AS bucket
FROM
(
    $persons
) AS persons
LEFT JOIN
(
    $said
) AS said ON said.person = persons.person
