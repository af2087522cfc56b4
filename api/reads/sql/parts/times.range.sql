AND ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
AND ts < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
