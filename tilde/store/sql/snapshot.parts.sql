SELECT database, table, name, path
FROM system.parts
WHERE active AND database LIKE 'tilde\_g%'
