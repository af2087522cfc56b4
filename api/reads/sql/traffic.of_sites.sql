-- Page views of some sites over some of their local days; a site that had none is left out.
SELECT site, sum(page_views)
FROM {database:Identifier}.traffic FINAL
WHERE site IN {sites:Array(UInt32)}
  AND day BETWEEN toDate32({first_day:Int32}) AND toDate32({last_day:Int32})
  AND is_deleted = 0
GROUP BY site
