-- Every change that was asked for, in order, with what came of it.
CREATE OR REPLACE VIEW tilde.catalog AS
SELECT sequence, decided_at, edge, refusal, kinds, facts
FROM $database.changes FINAL
WHERE is_deleted = 0
