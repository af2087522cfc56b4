-- By person, when he did which step: its seconds in order, each with the step's number in its lower eight bits.
SELECT
    if(aliased.person = 0, done.identity, aliased.person) AS person,
    arraySort(groupArray(bitOr(bitShiftLeft(second, 8), nth))) AS marks
FROM
(
    $rows
) AS done
{{ people.aliased }}
GROUP BY person
