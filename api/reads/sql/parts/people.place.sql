row_number() OVER (PARTITION BY value = 0 ORDER BY count() DESC, value) AS place
