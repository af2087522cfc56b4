GROUP BY of, told
ORDER BY of = 'none', of = 'others', min(place)
