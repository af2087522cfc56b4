-- Every user of a white label that there is, with the sites that he may see. Nothing here names one.
CREATE OR REPLACE VIEW tilde.users AS
SELECT users.user_id AS user_id, account, created_at, has_email, has_password, has_onsite_stats, access.sites AS sites,
    access.admin_of AS admin_of
FROM (SELECT * FROM $database.users FINAL WHERE is_deleted = 0) AS users
LEFT JOIN
(
    SELECT user_id, arraySort(groupArray(site)) AS sites, arraySort(groupArrayIf(site, is_admin = 1)) AS admin_of
    FROM $database.access FINAL
    WHERE is_deleted = 0 AND site IN (SELECT site FROM $database.sites FINAL WHERE is_deleted = 0)
    GROUP BY user_id
) AS access ON users.user_id = access.user_id
