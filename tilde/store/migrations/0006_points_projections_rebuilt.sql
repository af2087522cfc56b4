-- Where rows of one identity are merged into one, what was derived from them is derived again.
ALTER TABLE {database:Identifier}.points MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild'
