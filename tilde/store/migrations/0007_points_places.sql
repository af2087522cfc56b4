-- The newest place of every metric, so that it is known of a deleted one without reading what the deletion hides.
ALTER TABLE {database:Identifier}.points
ADD PROJECTION IF NOT EXISTS places
(SELECT product, metric, raw_partition, max(version), max(event_id) GROUP BY product, metric, raw_partition)
