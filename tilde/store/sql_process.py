"""The process of one statement that an operator wrote: `python -m tilde.store.sql_process`, with a SqlJob on its input.

On chDB it makes an engine of its own over the same rows: parts of a table are never changed once they are written, so a
hard link to each file is a snapshot, made in a hundredth of a second. Nothing that the statement does can then reach
the store, and whatever it costs ends with this process: chDB's own threads cannot be ended, and look at their clock
between two blocks of rows only. The database `default`, which takes a file's name for a table, is not there.

Its output are frames: a letter, a length in four bytes, bytes. ROWS has a piece of the answer, FAILED says why there is
none, GONE that a part went before it was linked, ENDED that there is no more.
"""

import importlib
import json
import os
import resource
import struct
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

ROWS, FAILED, GONE, ENDED = b"R", b"F", b"G", b"E"
HEADER = struct.Struct("<cI")
PIECE_BYTES = 1 << 20
COLUMN_NAMES_BYTES_MAX = 16_384  # JSON has them in every row, and a block has 8,192 rows
TOO_LARGE, NETWORK_ERROR = 396, 210  # codes of ClickHouse
NICE = 5  # posts and reads go first
_STREAMED = {"CSVWithNames": "CSV", "JSONEachRow": "JSONEachRow"}  # a table's columns are as wide as its widest row
SqlJob = Mapping[str, Any]
"""sql, format, database and settings; data_bytes_max; on chDB a new folder, engine (its options), tables (database,
CREATE statement), parts (database, table, name, folder); on a server its dsn.
"""


def _frame(out: BinaryIO, kind: bytes, content: bytes | memoryview = b"") -> None:
    out.write(HEADER.pack(kind, len(content)) + content)
    out.flush()


def _engine(job: SqlJob) -> Any:
    """A connection to an engine that has the tables of the job, and nothing else."""
    options = "&".join(f"{name}={value}" for name, value in job["engine"].items())
    # Not needed for a statement on a server; and by name, since two packages that are installed together bring this
    # module, one with types and one without: which one stands is the installer's luck.
    engine: Any = importlib.import_module("chdb").connect(f"{job['folder']}?{options}")
    for database in sorted({database for database, _ in job["tables"]} | {job["database"]}):
        engine.query(f"CREATE DATABASE {database} ENGINE = Atomic")
    engine.query(f"USE {job['database']}")
    engine.query("DROP DATABASE default")
    engine.query("SYSTEM STOP MERGES")
    for _, create in job["tables"]:
        engine.query(create)
    _link(engine, job["parts"])
    engine.query("SET " + ", ".join(f"{name} = '{value}'" for name, value in job["settings"].items()))
    engine.query("SET readonly = 1")  # the last one: it forbids any further
    return engine


def _link(engine: Any, parts: list[tuple[str, str, str, str]]) -> None:
    ask = "SELECT database, name, data_paths[1] FROM system.tables WHERE notEmpty(data_paths)"
    found = engine.query(ask, "JSONCompactEachRow").bytes().splitlines()
    folders = {(database, table): Path(path) for database, table, path in map(json.loads, found)}
    for database, table, name, path in parts:
        detached = folders[database, table] / "detached" / name
        _link_all(Path(path), detached)
        engine.query(f"ALTER TABLE {database}.{table} ATTACH PART '{name}'")


def _link_all(folder: Path, to: Path) -> None:
    to.mkdir(parents=True)
    for found in os.scandir(folder):
        if found.is_dir():  # what was derived from the part's rows
            _link_all(Path(found.path), to / found.name)
        else:
            os.link(found.path, to / found.name)


def _no_rows(sql: str) -> str:
    return f"SELECT * FROM (\n{sql}\n) LIMIT 0"  # noqa: S608 - whoever asks has checked it


def _require_short(names: bytes) -> None:
    if len(names) > COLUMN_NAMES_BYTES_MAX:
        raise RuntimeError(
            f"Code: {TOO_LARGE}. The names of the columns have more than {COLUMN_NAMES_BYTES_MAX:,} bytes"
        )


def _here(job: SqlJob) -> Iterator[memoryview]:
    """The answer of an engine of our own, as it comes."""
    engine, sql, format_ = _engine(job), job["sql"], job["format"]
    names: bytes = engine.query(_no_rows(sql), "CSVWithNames").bytes()
    _require_short(names)
    if format_ not in _STREAMED:
        yield memoryview(engine.query(sql, format_).bytes())
        return
    if format_ == "CSVWithNames":
        yield memoryview(names)
    for block in engine.send_query(sql, _STREAMED[format_]):
        yield block.get_memview().view()


class _ServerError(RuntimeError):
    """A server's failure, with ClickHouse's code."""

    def __init__(self, code: int | None, text: str) -> None:
        super().__init__(text)
        self.code = code


def _there(job: SqlJob) -> Iterator[memoryview]:
    """The answer of a server, which keeps all of it back until it knows that there is no failure."""
    from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError  # noqa: PLC0415 - on chDB not
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    from tilde.store.connect import open_store_client  # noqa: PLC0415
    from tilde.store.port import QueryRefusedError, StoreError  # noqa: PLC0415
    from tilde.store.profiles import READ_ONLY_ON_SERVER  # noqa: PLC0415

    try:
        client = open_store_client(job["dsn"], {**job["settings"], **READ_ONLY_ON_SERVER}, read_only=True)
        client.database = job["database"]
        _require_short(client.raw_query(_no_rows(job["sql"]), fmt="CSVWithNames"))
        answer: Any = client.raw_stream(job["sql"], fmt=job["format"], transport_settings={"wait_end_of_query": "1"})
        while piece := answer.read(PIECE_BYTES):
            yield memoryview(piece)
    except (StoreError, HTTPError, OperationalError) as error:
        raise _ServerError(getattr(error, "code", None) or NETWORK_ERROR, str(error)) from error
    except (ClickHouseError, QueryRefusedError) as error:
        raise _ServerError(getattr(error, "code", None), str(error)) from error


def _failure(error: Exception) -> dict[str, Any]:
    text = str(error)
    text = text[max(0, text.find("Code: ")) :]
    code = NETWORK_ERROR if isinstance(error, OSError) else getattr(error, "code", None)
    if code is None and text.startswith("Code: "):
        code = int(text[len("Code: ") :].partition(".")[0])
    return {"code": code, "text": text}


def _run(job: SqlJob, out: BinaryIO) -> None:
    try:
        for block in _here(job) if "folder" in job else _there(job):
            for start in range(0, len(block), PIECE_BYTES):
                _frame(out, ROWS, block[start : start + PIECE_BYTES])
    except FileNotFoundError:
        _frame(out, GONE)
    except (RuntimeError, OSError, MemoryError) as error:
        _frame(out, FAILED, json.dumps(_failure(error)).encode())
    else:
        _frame(out, ENDED)


def _end_with_input() -> None:
    os.read(0, 1)  # whoever asks holds the other end; however he dies, the kernel closes that
    os._exit(0)


def main() -> None:
    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (job["data_bytes_max"], job["data_bytes_max"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open(1, "wb", closefd=False) as out:
        _run(job, out)
    os._exit(0)  # the folder is removed by whoever asked: there is nothing to be closed in good order


if __name__ == "__main__":
    main()
