"""Opens what was sealed for visitors and people, in a process that has their keys only to read."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from tilde.eventlog import LogError
from tilde.keys.keyring import Keyring
from tilde.keys.visitor_file import Secret
from tilde.keys.visitors import ErasedError, Visitor

BUSY_TIMEOUT_S = 5


class Opener(Protocol):
    """Opens what was sealed for somebody who has not been erased."""

    def opened(self, key: int, sealed: bytes) -> Any:
        """What was sealed for the one who has this key. Raises ErasedError, LogError."""
        ...


class FolderOpener:
    """Reads the file of an edge that works in the same folder. It keeps no secret, so that an erasure holds at once,
    and reads no longer than a look-up takes, so that the file can be written anew. Safe from any thread.
    """

    def __init__(self, path: Path, keyring: Keyring) -> None:
        self._path = path
        self._keyring = keyring
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None

    def opened(self, key: int, sealed: bytes) -> Any:
        """As Opener."""
        secret = self._secret(key)
        if secret is None:
            raise ErasedError("this one was erased, or is known to another edge")
        return Visitor(secret, self._keyring).open(sealed)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()
            self._db = None

    def _secret(self, key: int) -> Secret | None:
        if self._db is None and not self._path.exists():
            return None
        try:
            with self._lock, closing(self._opened().execute("SELECT * FROM visitor WHERE key = ?", (key,))) as cursor:
                row = cursor.fetchone()
        except sqlite3.Error as cause:
            raise LogError(f"{self._path.name}: {cause}") from cause
        return None if row is None else Secret(*row)

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            self._db = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
        return self._db
