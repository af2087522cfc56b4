-- What each web site had on each of its local days.
CREATE OR REPLACE VIEW tilde.traffic AS
SELECT site, day, sum(page_views) AS page_views, sum(hits) AS hits, sum(bots) AS bots
FROM $database.traffic FINAL
WHERE is_deleted = 0
GROUP BY site, day
