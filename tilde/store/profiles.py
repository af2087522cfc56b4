"""The settings of every session, always explicit: defaults differ between ClickHouse versions, 26.2 changed several."""

from collections.abc import Mapping

from tilde.store.port import Purpose

EngineSettings = Mapping[str, int | str]

MIB = 1 << 20
_EVERYWHERE: EngineSettings = {"session_timezone": "UTC"}

WRITER: EngineSettings = {
    **_EVERYWHERE,
    "async_insert": 0,  # an insert that returned is durable; 26.2 made 1 the default
    # Rows are idempotent by themselves; ClickHouse's deduplication turns the retry after a kill into a silent nothing.
    "insert_deduplicate": 0,
    "deduplicate_insert": "disable",  # governs since 26.2; unknown before
    "input_format_avro_allow_missing_fields": 1,  # an older schema's rows take the column's default
    "max_execution_time": 120,
}

_READER: EngineSettings = {
    **_EVERYWHERE,
    # The skip index on ts works with FINAL, and without reading all versions of every key that it finds: an identity
    # never changes its ts, so the index keeps or skips all versions of it alike. A day of a busy stat takes 11 ms, not
    # 112.
    "use_skip_indexes_if_final": 1,
    "use_skip_indexes_if_final_exact_mode": 0,
    # With what it remembers of a join the engine needs more memory each time: a question about people that took 150 MB
    # took a gigabyte when it was asked for the third time, and half as much CPU again.
    "collect_hash_table_stats_during_joins": 0,
    # Our statements have the smaller side of a join right, where it is held in memory. By what it knows of merged parts
    # the engine changes sides: it takes all people for more than what some of them did, though few have a second name.
    "query_plan_join_swap_table": "false",
    "timeout_overflow_mode": "throw",
    "result_overflow_mode": "throw",
    # In a table a text of several lines stays in its cell; by itself the engine gives a wide one a line a column, where
    # the text could be taken for further rows.
    "output_format_pretty_fallback_to_vertical": 0,
    "output_format_json_validate_utf8": 1,  # the body of a dead letter is any bytes, and JSON is text
}

_OF_MANY_ROWS: EngineSettings = {
    **_READER,
    "max_threads": 1,
    "max_execution_time": 60,
    "max_memory_usage": 1024 * MIB,
    "max_result_rows": 5_000_000,
    "max_result_bytes": 512 * MIB,
}

READERS: Mapping[Purpose, EngineSettings] = {
    Purpose.HEALTH: {**_READER, "max_threads": 1, "max_execution_time": 2, "max_memory_usage": 64 * MIB},
    Purpose.REQUEST: {
        **_READER,
        "max_threads": 1,  # a short read gains nothing by two, and three of them run beside each other
        "max_execution_time": 10,
        "max_memory_usage": 1024 * MIB,
        "max_result_rows": 10_000_000,  # places of metrics, of which 256 MiB have as many
        "max_result_bytes": 256 * MIB,
    },
    Purpose.EXPORT: _OF_MANY_ROWS,
    Purpose.JOB: {**_OF_MANY_ROWS, "max_threads": 2},  # the same CPU in half the time, for who waits for it
}

SQL_S = 60  # from the start of its process to the last piece that was taken
SQL_WAITING_S = 10  # for a place; with SQL_S less than an edge waits
SQL_ANSWER_BYTES_MAX = 256 * MIB
SQL_DATA_BYTES_MAX = 3072 * MIB  # chDB takes 290 MiB before the first statement, most of them never touched
SQL: EngineSettings = {
    **_READER,
    "allow_introspection_functions": 0,
    "max_threads": 1,
    "max_execution_time": SQL_S,
    "max_memory_usage": 1536 * MIB,
    # As columns: 8 bytes of a number may be 2 of text. Rows need no bound of their own.
    "max_result_bytes": 4 * SQL_ANSWER_BYTES_MAX,
    "max_block_size": 8192,  # a block is written out as one piece
    "max_query_size": 16 * MIB,  # what is sealed is named by its numbers, and may be many
    "output_format_json_quote_64bit_integers": 0,
}
READ_ONLY_ON_SERVER: EngineSettings = {"cancel_http_readonly_queries_on_client_close": 1}

# Two jobs run at a time, of two accounts (`api/jobs`): with one thread one would wait for the minute of the other.
THREADS: Mapping[Purpose, int] = {Purpose.HEALTH: 1, Purpose.REQUEST: 3, Purpose.EXPORT: 1, Purpose.JOB: 2}

# chDB without these keeps caches for a big server: its mark cache alone may grow to 5 GiB.
EMBEDDED_ENGINE: EngineSettings = {
    "mark_cache_size": 64 * MIB,
    "uncompressed_cache_size": 0,
    "max_server_memory_usage": 3072 * MIB,
    "background_pool_size": 2,
    "background_schedule_pool_size": 2,
    "memory_worker_period_ms": 500,  # by itself it compares what is allocated with the machine's view 20 times a second
}
