-- Every hit of a web site, once, crawlers' too. Filter by site: that is the order on disk.
CREATE OR REPLACE VIEW tilde.hits AS
SELECT site, event_id, received_at, day, type, transport, href, host, title, ref, lang, res, tz, agent, bot, network,
    visitor, known_by, parameters
FROM $database.actions FINAL
WHERE is_deleted = 0
