-- Under the name that everybody reads and writes.
RENAME TABLE IF EXISTS {database:Identifier}.property_values_by_event TO {database:Identifier}.property_values
