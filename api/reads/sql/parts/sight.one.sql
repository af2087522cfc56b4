-- What is in sight of one stat (api/reads/sights.py).
AND event_id >= {first_id:UInt64}
AND (empty({cuts:Array(UInt64)}) OR version >= {cuts:Array(UInt64)}[raw_partition + 2])
