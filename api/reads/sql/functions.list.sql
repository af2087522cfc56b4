-- What can be called: by kind, with its categories. One that somebody has added to the engine has none of ours.
SELECT
    name,
    multiIf(origin != 'System', 'Added', is_aggregate, 'Aggregate', alias_to = '', categories, target) AS category,
    if(alias_to = '', name, alias_to) AS stands_for
FROM system.functions AS functions
LEFT JOIN (SELECT name AS original, categories AS target FROM system.functions) AS originals ON functions.alias_to = originals.original
