EXCHANGE TABLES {database:Identifier}.{table:Identifier} AND {database:Identifier}.{comes:Identifier}
