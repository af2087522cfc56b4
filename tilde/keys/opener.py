"""Opens what was sealed for visitors and people, in a process that has their keys only to read."""

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tilde.keys.keyholder_tables import Secret
from tilde.keys.keyholders import ErasedError, Keyholder
from tilde.keys.keyring import Keyring
from tilde.runtime.portions import portions
from tilde.runtime.tasks import in_thread

BUSY_TIMEOUT_S = 5
KEYS_AT_ONCE = 500  # a look-up of some milliseconds: whoever writes the file anew waits for no longer one


class KeysAwayError(Exception):
    """Keys cannot be asked for now, so nobody can say what is erased and what is not."""


class Sealed(NamedTuple):
    """What was sealed, and the key that it was sealed with."""

    key: int
    sealed: bytes


class Opener(Protocol):
    """Opens what was sealed for somebody who has not been erased."""

    async def opened(self, sealed: Sequence[Sealed]) -> list[Any]:
        """What each of them says, in this order; None of somebody who was erased. Nothing of it is kept, so that an
        erasure holds at once. Raises KeysAwayError, and then for all.
        """
        ...


class FolderOpener:
    """Reads the file of an edge that works in the same folder. It keeps no secret, and reads no longer than a look-up
    takes, so that the file can be written anew. Safe from any thread.
    """

    def __init__(self, path: Path, keyring: Keyring) -> None:
        self._path = path
        self._keyring = keyring
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None

    async def opened(self, sealed: Sequence[Sealed]) -> list[Any]:
        """As Opener.opened, by the file of keys of a data folder."""
        return await in_thread(self.read, sealed)

    def read(self, sealed: Sequence[Sealed]) -> list[Any]:
        """As `opened`, in the thread of the caller."""
        keyholders = {
            secret.key: Keyholder(secret, self._keyring)
            for keys in portions({each.key for each in sealed}, KEYS_AT_ONCE)
            for secret in self._secrets(keys)
        }
        return [_opened(keyholders, each) for each in sealed]

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()
            self._db = None

    def _secrets(self, keys: Sequence[int]) -> Iterable[Secret]:
        if self._db is None and not self._path.exists():
            return []
        statement = f"SELECT * FROM visitor WHERE key IN ({', '.join('?' * len(keys))})"  # noqa: S608 - only marks
        try:
            with self._lock, closing(self._connected().execute(statement, keys)) as cursor:
                return [Secret(*row) for row in cursor.fetchall()]
        except sqlite3.Error as cause:
            raise KeysAwayError(f"keys of visitors and people cannot be read: {self._path.name}: {cause}") from cause

    def _connected(self) -> sqlite3.Connection:
        if self._db is None:
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            self._db = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
        return self._db


def _opened(keyholders: Mapping[int, Keyholder], sealed: Sealed) -> Any:
    keyholder = keyholders.get(sealed.key)
    if keyholder is None:
        return None
    try:
        return keyholder.open(sealed.sealed)
    except ErasedError:
        return None
