    , countIf(done.nth = $nth) > 0 AS has_$nth, anyIf(done.number, done.nth = $nth) AS number_$nth,
    ifNull(concat(unhex('00'), toString(anyIf(done.told, done.nth = $nth))), toString(number_$nth)) AS value_$nth
