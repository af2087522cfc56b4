SELECT topic, partition, next_offset, passed
FROM {database:Identifier}.sink_positions FINAL
