-- What was written last of some samples. One that moved has rows at several times, so no FINAL: of one write the row that
-- is there stands before that which deletes.
SELECT
    {{ samples.columns }}
    , version, is_deleted
FROM {database:Identifier}.samples
WHERE product = {product:UInt32} AND id IN {ids:Array(UInt64)}
ORDER BY id, version DESC, is_deleted
LIMIT 1 BY id
