multiIf(value = 0, 'none', place > {segments_max:UInt32}, 'others', 'value') AS of,
if(of = 'value', value, 0) AS told,
