-- What every site had on each of its local days, those of one range of sites.
SELECT site, toInt32(day), sum(page_views), sum(hits), sum(bots)
FROM {database:Identifier}.traffic FINAL
WHERE is_deleted = 0
GROUP BY site, day
ORDER BY site, day
