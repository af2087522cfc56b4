-- Every web site of a white label that there is.
CREATE OR REPLACE VIEW tilde.sites AS
SELECT site, account, uuid, domain, mirrors, nickname, clock_offset_s, clock_rule, created_at
FROM $database.sites FINAL
WHERE is_deleted = 0
