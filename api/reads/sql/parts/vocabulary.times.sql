toUnixTimestamp(first_used_at),
toUnixTimestamp(last_used_at),
toUnixTimestamp64Milli(first_sent_at),
toUnixTimestamp64Milli(last_sent_at)
