-- The two numbers that every question about people reads: hashes, which pack by a twentieth at most, and are unpacked in half the time.
-- Parts that are there keep what they have until they are merged.
ALTER TABLE {database:Identifier}.people
MODIFY COLUMN identity Int64 CODEC(LZ4) COMMENT 'A keyed hash of product and identity',
MODIFY COLUMN person Int64 CODEC(LZ4) COMMENT 'The person that it is of: the smallest of his identities'
