-- The numbers that were said: of those that a person said with one event in one second the last that came.
SELECT person, second, argMax(value, version) AS last
FROM
(
    $persons
)
GROUP BY person, second$event
