"""Where the embedded driver keeps what processors remember: a table in the file of their outputs, so that it changes in
one transaction with them and with the positions.
"""

from collections.abc import Mapping

import orjson

from streams.state import Kept
from tilde.eventlog.logfile import LogFile

_TABLE = """
CREATE TABLE IF NOT EXISTS state (
    processor TEXT, partition INTEGER, key TEXT, kept BLOB NOT NULL, PRIMARY KEY (processor, partition, key)
) WITHOUT ROWID
"""
_HAS_TABLE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'state'"


class EmbeddedState:
    """Saves state, and gives it back. Raises LogError where the file cannot be read or written."""

    def __init__(self, file: LogFile) -> None:
        self._file = file

    def saved(self, processor: str, partition: int) -> dict[str, Kept]:
        """What a processor remembers of a partition, as of the last flush."""
        with self._file.reading():
            if self._file.db.execute(_HAS_TABLE).fetchone() is None:
                return {}
            rows = self._file.db.execute(
                "SELECT key, kept FROM state WHERE processor = ? AND partition = ?", (processor, partition)
            ).fetchall()
        return {key: Kept(*orjson.loads(kept)) for key, kept in rows}

    def save(self, processor: str, partition: int, changed: Mapping[str, Kept]) -> None:
        """Durable with the transaction that is open. The first change makes the table, since a start writes nothing."""
        self._file.db.execute(_TABLE)
        rows = [(processor, partition, key, orjson.dumps(list(kept))) for key, kept in changed.items()]
        self._file.db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?)", rows)
