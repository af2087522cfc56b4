RENAME TABLE IF EXISTS {database:Identifier}.{comes:Identifier} TO {database:Identifier}.{goes:Identifier}
