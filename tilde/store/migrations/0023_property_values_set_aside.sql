-- A sink may have written into it since it was copied.
RENAME TABLE IF EXISTS {database:Identifier}.property_values TO {database:Identifier}.property_values_before
