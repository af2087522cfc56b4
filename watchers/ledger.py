"""The one file of all watchers: how far each has looked, what it remembers, and what follows from it and has not gone
out yet. A look changes all of it in one transaction, so nothing can part them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from tilde.eventlog.logfile import LogFile

_TABLES = """
CREATE TABLE IF NOT EXISTS position (
    watcher TEXT, source TEXT, value BLOB NOT NULL, PRIMARY KEY (watcher, source)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS memory (
    watcher TEXT, key TEXT, value BLOB NOT NULL, PRIMARY KEY (watcher, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS effect (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, destination TEXT NOT NULL, body BLOB NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, due_ms INTEGER NOT NULL DEFAULT 0, dead TEXT
);
CREATE INDEX IF NOT EXISTS effect_due ON effect (destination, due_ms) WHERE dead IS NULL;
CREATE INDEX IF NOT EXISTS effect_dead ON effect (seq) WHERE dead IS NOT NULL;
"""
_PREFIX_END = "\U0010ffff"


class Ledger:
    """Opened by one process, and used by one thread of it. Raises LogError where the file cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self._file = LogFile(path, writes=True)
        try:
            with self._file.reading():
                self._file.db.executescript(_TABLES)
        except BaseException:
            self._file.close()
            raise
        self.db = self._file.db

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is durable when the block ends, or nothing of it is there."""
        with self._file.transaction():
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What SQLite says inside is told as LogError or CorruptError."""
        with self._file.reading():
            yield

    def position(self, watcher: str, source: str) -> Any:
        """What was saved of a source; None where nothing was."""
        return self._value("SELECT value FROM position WHERE watcher = ? AND source = ?", watcher, source)

    def save_position(self, watcher: str, source: str, value: Any) -> None:
        """Saves the position of a source, in the transaction that is open."""
        self.db.execute("INSERT OR REPLACE INTO position VALUES (?, ?, ?)", (watcher, source, orjson.dumps(value)))

    def memory(self, watcher: str) -> "WatchersMemory":
        """What a watcher remembers."""
        return WatchersMemory(self, watcher)

    def _value(self, statement: str, *values: str) -> Any:
        with self.reading():
            row = self.db.execute(statement, values).fetchone()
        return None if row is None else orjson.loads(row[0])

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class WatchersMemory:
    """The Memory of one watcher: what is put is seen at once, and stays only where the transaction does."""

    def __init__(self, ledger: Ledger, watcher: str) -> None:
        self._ledger = ledger
        self._watcher = watcher

    def get(self, key: str) -> Any:
        row = self._ledger.db.execute(
            "SELECT value FROM memory WHERE watcher = ? AND key = ?", (self._watcher, key)
        ).fetchone()
        return None if row is None else orjson.loads(row[0])

    def put(self, key: str, value: Any) -> None:
        if value is None:
            self._ledger.db.execute("DELETE FROM memory WHERE watcher = ? AND key = ?", (self._watcher, key))
        else:
            row = self._watcher, key, orjson.dumps(value)
            self._ledger.db.execute("INSERT OR REPLACE INTO memory VALUES (?, ?, ?)", row)

    def items(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        rows = self._ledger.db.execute(
            "SELECT key, value FROM memory WHERE watcher = ? AND key >= ? AND key < ? ORDER BY key",
            (self._watcher, prefix, prefix + _PREFIX_END),
        )
        for key, value in rows:
            yield key, orjson.loads(value)
