-- Whose a sample is or was, of whichever product: a bloom filter finds it.
SELECT product
FROM {database:Identifier}.samples
WHERE id = {id:UInt64}
LIMIT 1
