-- How the tables and views of ours are made: tables first, since views stand on them.
SELECT database, create_table_query
FROM system.tables
WHERE database = 'tilde' OR database LIKE 'tilde\_g%'
ORDER BY engine LIKE '%View', name
