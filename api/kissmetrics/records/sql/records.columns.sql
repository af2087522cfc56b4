    , countIf(done.nth = $nth) > 0 AS has_$nth, argMaxIf(done.packed, done.version, done.nth = $nth) AS last_$nth,
    if(bitShiftRight(last_$nth, 64) = 2, reinterpretAsFloat64(toUInt64(last_$nth)), NULL) AS number_$nth,
    if(bitShiftRight(last_$nth, 64) = 1, concat(unhex('00'), toString(reinterpretAsInt64(toUInt64(last_$nth)))), toString(number_$nth)) AS value_$nth
