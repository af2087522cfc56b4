toUnixTimestamp64Milli(received_at) > transform(identity, {erased:Array(Int64)}, {erased_at:Array(Int64)}, toInt64(-1))
