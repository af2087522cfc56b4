SELECT sorting_key FROM system.tables WHERE database = {database:String} AND name = {table:String}
