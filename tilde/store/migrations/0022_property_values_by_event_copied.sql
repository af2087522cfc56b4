-- What stood in the table before it had the event in its key.
INSERT INTO {database:Identifier}.property_values_by_event
SELECT * FROM {database:Identifier}.property_values
