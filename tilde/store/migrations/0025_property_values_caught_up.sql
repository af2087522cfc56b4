-- All of it again, since that needs no knowledge of what came when: rows that are there already are merged with themselves.
INSERT INTO {database:Identifier}.property_values
SELECT * FROM {database:Identifier}.property_values_before
