"""The file of keyholders' secrets: a small one that changes, outside of the log. What is erased in it is gone from
every byte of it, so nobody can open what was sealed.

The traits of a keyholder are hashes by which an erasure finds him: of his addresses, of what his site calls him.

    take_away   rows go, who they were of is noted as leaving; other edges' share is noted, too     one transaction
    sweep       the file is written anew, its write-ahead log cut
                the erasure has been carried out, and so many have left                             one transaction
"""

import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tilde.data_folder import make_folder, sync_folder
from tilde.eventlog import LogError
from tilde.keys import keyholder_tables
from tilde.keys.keyholder_tables import Leaving, Secret, Trait, Untold
from tilde.runtime.machine import cure_of

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_FAMILY = 0xFF  # of an extended error code of SQLite's: SQLITE_CORRUPT_INDEX is a SQLITE_CORRUPT
_CURE = (
    "remove it, and start again. Nothing is lost but what identifies visitors and people: hits and events stay,"
    " the edge begins a new one"
)


class DamagedError(LogError):
    """The file is not what was written, and no try mends it: an operator has to."""


class KeyholderFile:
    """Opened by one process, made with the first secret. Questions are asked by one thread, the others may come from
    any. Raises LogError.

    Erasures are known by the sequences of their entries in the catalog.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._open: _Open | None = None
        self._up_to = 0  # as the file says, once it is open

    def of_number(self, realm: int, number: int) -> Secret | None:
        """The secret of a keyholder; None where he has none yet, or no more."""
        return _only(self._secrets("SELECT * FROM visitor WHERE site = ? AND number = ?", realm, number))

    def of_key(self, key: int) -> Secret | None:
        """The secret that has the key which an event names; None where there is none."""
        return _only(self._secrets("SELECT * FROM visitor WHERE key = ?", key))

    def of_trait(self, realm: int, trait: int) -> list[Secret]:
        """The secrets of the keyholders of a realm who have a trait."""
        return self._secrets(
            "SELECT visitor.* FROM trait JOIN visitor USING (key) WHERE trait.site = ? AND trait = ?", realm, trait
        )

    def has(self, trait: Trait) -> bool:
        """Whether this trait is known."""
        return bool(self._read("SELECT 1 FROM trait WHERE site = ? AND trait = ? AND key = ?", *trait))

    def add(self, secrets: Sequence[Secret], traits: Sequence[Trait]) -> None:
        """Durable on return, all or nothing; what is there already may be added again, as after an error. A keyholder
        who has another secret is one who is being erased: it leaves with that erasure, and this one takes its place.
        """
        if not (secrets or traits):
            return
        with self._writing() as db, keyholder_tables.transaction(db):
            for secret in secrets:
                before = db.execute("SELECT key FROM visitor WHERE site = ? AND number = ?", secret[1:3]).fetchone()
                if before is not None and before[0] != secret.key:
                    keyholder_tables.take_away(db, [Leaving(before[0], secret.since)])
                db.execute("INSERT OR REPLACE INTO visitor VALUES (?, ?, ?, ?, ?)", secret)
            db.executemany("INSERT OR IGNORE INTO trait VALUES (?, ?, ?)", traits)

    def probe(self) -> None:
        """Writes the file, though nothing new. Raises LogError where that cannot be."""
        with self._writing() as db, keyholder_tables.transaction(db):
            keyholder_tables.touch(db)

    def erased_up_to(self) -> int:
        """The last erasure that was carried out here: all are, up to it, and nothing is left of them."""
        if self._open is None:
            self._read("SELECT up_to FROM erased")
        return self._up_to

    def take_away(self, leaving: Collection[Leaving]) -> None:
        """Takes their secrets and all their traits away, and notes whom others are to be told of. Durable on return,
        all or nothing. Their bytes may be there until `sweep`.
        """
        if leaving:
            with self._writing() as db, keyholder_tables.transaction(db):
                keyholder_tables.take_away(db, leaving)

    def sweep(self, up_to: int) -> dict[int, int]:
        """Has every byte go of what was taken away, here or before a crash; only then all erasures up to this one have
        been carried out. Durable on return: how many keyholders have left since the last time, by the erasure.
        """
        left: dict[int, int] = {}
        if not self._is_missing:
            with self._writing() as db:
                has_remains = keyholder_tables.has_remains(db)
                if has_remains:
                    keyholder_tables.write_anew(db)
                if has_remains or up_to > self._up_to:
                    with keyholder_tables.transaction(db):
                        left = keyholder_tables.end(db, up_to)
        self._up_to = max(self._up_to, up_to)
        return left

    def untold(self) -> list[Untold]:
        """Whom others are still to be told of."""
        return [Untold(*row) for row in self._read("SELECT * FROM untold ORDER BY erasure, site, number")]

    def mark_told(self, of: Iterable[Untold]) -> None:
        """Says that others were told of these."""
        with self._writing() as db, keyholder_tables.transaction(db):
            db.executemany("DELETE FROM untold WHERE erasure = ? AND site = ? AND number = ?", of)

    def close(self) -> None:
        """Closes the file, once nobody writes it."""
        with self._lock:
            if self._open is not None:
                for db in self._open:
                    db.close()
            self._open = None

    @property
    def _is_missing(self) -> bool:
        return self._open is None and not self._path.exists()

    def _secrets(self, statement: str, *values: int) -> list[Secret]:
        return [Secret(*row) for row in self._read(statement, *values)]

    def _read(self, statement: str, *values: int) -> list[Any]:
        """No statement stays open, or it would keep the file from being written anew."""
        if self._is_missing:
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
        """Who reads may find the file that another thread is making."""
        with self._opening:
            if self._open is None:
                self._open = self._connections()
            return self._open

    def _connections(self) -> "_Open":
        is_new = not self._path.exists()
        make_folder(self._path.parent)
        writer = keyholder_tables.connect(self._path)
        keyholder_tables.make(writer)
        if is_new:
            with keyholder_tables.transaction(writer):
                keyholder_tables.end(writer, self._up_to)
            sync_folder(self._path.parent)
        self._up_to = keyholder_tables.erased_up_to(writer)
        return _Open(writer, keyholder_tables.connect(self._path))

    def _error(self, cause: Exception) -> LogError:
        if getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_OK) & _FAMILY in _DAMAGED:
            return DamagedError(f"{self._path.absolute()} is damaged ({cause}): {_CURE}")
        return LogError(f"{self._path.name}: {cause}{cure_of(cause) if isinstance(cause, OSError) else ''}")


class _Open(NamedTuple):
    """A reader of its own waits for no commit."""

    writer: sqlite3.Connection
    reader: sqlite3.Connection


def _only(secrets: list[Secret]) -> Secret | None:
    return secrets[0] if secrets else None
