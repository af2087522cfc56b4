SELECT number, checksum FROM {database:Identifier}.migrations FINAL
