-- The identities of people: those that aliases have joined have one `person`.
CREATE OR REPLACE VIEW tilde.people AS
SELECT product, identity, person, first_received_at
FROM $database.people FINAL
WHERE is_deleted = 0
