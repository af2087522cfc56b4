-- In the background: parts without it are read row by row meanwhile, which is slower and as right.
ALTER TABLE {database:Identifier}.points MATERIALIZE PROJECTION places
