-- All of it stands in the table that took its place.
DROP TABLE IF EXISTS {database:Identifier}.property_values_before
