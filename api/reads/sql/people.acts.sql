-- The latest acts, each once a person and second: the second, the person, and the event by its index; 0 where properties were set.
SELECT toUInt32(act.second) AS at, act.person AS person, toUInt32(named.number) AS number
FROM
(
    SELECT done.second AS second, if(aliased.person = 0, done.identity, aliased.person) AS person, done.event AS event
    FROM
    (
        $rows
    ) AS done
    {{ people.aliased }}
    GROUP BY second, person, event
    ORDER BY second DESC, person, event
    LIMIT {limit:UInt32}
) AS act
LEFT JOIN
(
    SELECT toString(event) AS event, toUInt32(`index`) AS number
    FROM {database:Identifier}.events FINAL
    WHERE product = {product:UInt32} AND is_deleted = 0
) AS named ON named.event = act.event
WHERE act.event = '' OR named.number > 0
ORDER BY at DESC, person, act.event
