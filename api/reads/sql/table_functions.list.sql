SELECT name FROM system.table_functions
