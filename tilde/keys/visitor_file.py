"""The file of visitors' secrets: a small one that changes, outside of the log. What is erased in it is gone from every
byte of it, so nobody can open what was sealed.

The traits of a visitor are hashes by which an erasure finds him: of his addresses, of what his site calls him.
"""

import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tilde.data_folder import make_folder, sync_folder
from tilde.eventlog import LogError

BUSY_TIMEOUT_S = 60  # longer than it takes to write the file anew: half a second for a million visitors
_HAS_REMAINS = 1  # the `user_version` of a file in which something was erased that may still be there as bytes
_SCHEMA = """
CREATE TABLE IF NOT EXISTS visitor (
    key INTEGER PRIMARY KEY, site INTEGER NOT NULL, number INTEGER NOT NULL, secret BLOB NOT NULL, UNIQUE (site, number)
);
CREATE TABLE IF NOT EXISTS trait (
    site INTEGER, trait INTEGER, key INTEGER, PRIMARY KEY (site, trait, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS trait_of ON trait (key);
CREATE TABLE IF NOT EXISTS erased (up_to INTEGER NOT NULL);
"""


class Secret(NamedTuple):
    """A visitor's: what his key is made of. `number` tells him from others of his site."""

    key: int
    site: int
    number: int
    secret: bytes


class Trait(NamedTuple):
    """One more hash by which a visitor of a site is found."""

    site: int
    trait: int
    key: int


class VisitorFile:
    """Opened by one process, made with the first secret. Questions are asked by one thread, the others may come from
    any. Raises LogError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._open: _Open | None = None
        self._up_to = 0  # as long as there is no file

    def of_number(self, site: int, number: int) -> Secret | None:
        """The secret of a visitor; None where he has none yet, or no more."""
        return self._secret("SELECT * FROM visitor WHERE site = ? AND number = ?", site, number)

    def of_key(self, key: int) -> Secret | None:
        """The same, by the key that an event names."""
        return self._secret("SELECT * FROM visitor WHERE key = ?", key)

    def keys_with(self, site: int, trait: int) -> set[int]:
        """The keys of the visitors of a site who have a trait."""
        return {key for (key,) in self._read("SELECT key FROM trait WHERE site = ? AND trait = ?", site, trait)}

    def has(self, trait: Trait) -> bool:
        """Whether this one is known."""
        return bool(self._read("SELECT 1 FROM trait WHERE site = ? AND trait = ? AND key = ?", *trait))

    def add(self, secrets: Sequence[Secret], traits: Sequence[Trait]) -> None:
        """Durable on return, all or nothing. A visitor that has a secret gets this one in its place."""
        with self._writing() as db, _transaction(db):
            db.executemany("INSERT OR REPLACE INTO visitor VALUES (?, ?, ?, ?)", secrets)
            db.executemany("INSERT OR IGNORE INTO trait VALUES (?, ?, ?)", traits)

    def erased_up_to(self) -> int:
        """The sequence of the last entry of the catalog whose erasure was carried out here."""
        if self._open is None and not self._path.exists():
            return self._up_to
        ((up_to,),) = self._read("SELECT coalesce(max(up_to), 0) FROM erased")
        return int(up_to)

    def erase(self, keys: Collection[int], up_to: int = 0) -> None:
        """Takes these secrets and all their traits away, and every byte that they were: as the entry `up_to` of the
        catalog asks. Durable on return; what a crash leaves of it is done when the file is opened again.
        """
        if self._open is None and not self._path.exists():
            self._up_to = max(self._up_to, up_to)
            return
        each = [(key,) for key in keys]
        with self._writing() as db:
            with _transaction(db):
                _note(db, up_to)
                if each:
                    db.executemany("DELETE FROM visitor WHERE key = ?", each)
                    db.executemany("DELETE FROM trait WHERE key = ?", each)
                    db.execute(f"PRAGMA user_version={_HAS_REMAINS}")
            if each:
                _write_anew(db)

    def close(self) -> None:
        """Closes the file."""
        if self._open is not None:
            for db in self._open:
                db.close()
        self._open = None

    def _secret(self, statement: str, *values: int) -> Secret | None:
        rows = self._read(statement, *values)
        return Secret(*rows[0]) if rows else None

    def _read(self, statement: str, *values: int) -> list[Any]:
        """No statement stays open, or it would keep the file from being written anew."""
        if self._open is None and not self._path.exists():
            return []
        try:
            reader = self._opened().reader
            with closing(reader.execute(statement, values)) as cursor:
                return cursor.fetchall()
        except (sqlite3.Error, OSError) as cause:
            raise self._error(cause) from cause

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._opened().writer
            except (sqlite3.Error, OSError) as cause:
                raise self._error(cause) from cause

    def _opened(self) -> "_Open":
        if self._open is None:
            is_new = not self._path.exists()
            make_folder(self._path.parent)
            writer = _connected(self._path)
            writer.executescript(_SCHEMA)
            if writer.execute("PRAGMA user_version").fetchone() == (_HAS_REMAINS,):
                _write_anew(writer)
            if self._up_to:
                with _transaction(writer):
                    _note(writer, self._up_to)
            if is_new:
                sync_folder(self._path.parent)
            self._open = _Open(writer, _connected(self._path))
        return self._open

    def _error(self, cause: Exception) -> LogError:
        return LogError(f"{self._path.name}: {cause}")


class _Open(NamedTuple):
    """A reader of its own waits for no commit."""

    writer: sqlite3.Connection
    reader: sqlite3.Connection


def _connected(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        db.execute(f"PRAGMA {pragma}")
    return db


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _note(db: sqlite3.Connection, up_to: int) -> None:
    """How far erasures are carried out."""
    (before,) = db.execute("SELECT coalesce(max(up_to), 0) FROM erased").fetchone()
    if up_to > before:
        db.execute("DELETE FROM erased")
        db.execute("INSERT INTO erased VALUES (?)", (up_to,))


def _write_anew(db: sqlite3.Connection) -> None:
    """SQLite overwrites what is deleted, but not what a page has kept of a row that moved to another one, nor what the
    write-ahead log has of either.
    """
    db.execute("VACUUM")
    (is_busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise sqlite3.OperationalError("another process reads it, so what was erased is still in it")
    db.execute("PRAGMA user_version=0")
