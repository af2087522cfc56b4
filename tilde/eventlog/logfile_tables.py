"""Makes and opens the SQLite file of a log: its tables, and how durable it is.

A row of `batch` is a record batch: `records` values of one partition from `first_offset` on. WAL with synchronous=FULL:
what a commit returned for survives a power cut (synchronous=NORMAL lost acknowledged events in two of three).
"""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from tilde.data_folder import make_folder, sync_folder
from tilde.eventlog.port import DiskFullError, LogError

BUSY_TIMEOUT_S = 10
ROOM_BYTES_MIN = 256 << 10  # with less on its disk a file cannot be begun: it, its -wal and its -shm
CHECKPOINT_PAGES = 4000  # 16 MB of WAL: a checkpoint syncs the file, so not at every few commits
_SCHEMA = """
CREATE TABLE IF NOT EXISTS batch (
    seq INTEGER PRIMARY KEY,
    topic TEXT NOT NULL, partition INTEGER NOT NULL, first_offset INTEGER NOT NULL, records INTEGER NOT NULL,
    crc INTEGER NOT NULL, lengths BLOB, body BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS batch_at ON batch (topic, partition, first_offset, records);
CREATE TABLE IF NOT EXISTS start (
    topic TEXT, partition INTEGER, offset INTEGER NOT NULL, last_seq INTEGER NOT NULL, PRIMARY KEY (topic, partition)
);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
"""


class Tail(NamedTuple):
    """Where a partition ends, and the sequence number of its last batch."""

    end: int
    last_seq: int


Tails = Mapping[tuple[str, int], Tail]
"""By topic and partition."""


def connect(path: Path, *, writes: bool) -> sqlite3.Connection:
    """A connection in autocommit mode, usable from any thread (one at a time). A reader never makes the file.

    Raises ValueError for a relative path: the working directory may move (`tilde/data_folder.py`).
    """
    uri = f"{path.as_uri()}?mode={'rwc' if writes else 'rw'}"
    db = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    if writes:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    else:
        db.execute("PRAGMA query_only=1")
    return db


def create(path: Path, tails: Tails | None = None, meta: Mapping[str, int | str] | None = None) -> None:
    """Makes the file where there is none, whole or not at all: a reader never meets one without its tables. Its
    partitions go on behind `tails`.
    """
    if path.exists():
        return
    unfinished = path.with_suffix(".new")
    try:
        make_folder(path.parent)
        unfinished.unlink(missing_ok=True)
        with closing(connect(unfinished, writes=True)) as db:
            db.executescript(_SCHEMA)
            db.execute("BEGIN")
            begin(db, tails or {}, meta or {})
            db.execute("COMMIT")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # only the file itself is renamed: all has to be in it
        unfinished.rename(path)
        sync_folder(path.parent)
    except (sqlite3.Error, OSError) as cause:
        raise log_error(path, cause) from cause


def begin(db: sqlite3.Connection, tails: Tails, meta: Mapping[str, int | str]) -> None:
    """Writes where partitions go on, and named values, into a file that nothing was appended to."""
    starts = [(*key, tail.end, tail.last_seq) for key, tail in tails.items()]
    db.executemany("INSERT OR REPLACE INTO start VALUES (?, ?, ?, ?)", starts)
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())


def log_error(path: Path, cause: sqlite3.Error | OSError) -> LogError:
    """`disk I/O error` and `unable to open database file` have many reasons, and a full disk is the likeliest."""
    if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return DiskFullError(f"{path.name}: {cause}")
    with suppress(OSError):
        if shutil.disk_usage(path.parent).free < ROOM_BYTES_MIN:
            return DiskFullError(f"{path.name}: {cause}: the disk is full")
    return LogError(f"{path.name}: {cause}")
