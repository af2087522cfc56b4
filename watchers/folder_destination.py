"""Writes letters as files of a folder, each named after its id. It needs no server."""

import asyncio
import os
from pathlib import Path

from tilde.data_folder import make_folder, sync_folder
from watchers.contract import NotNowError


class FolderDestination:
    """Writes a letter whole or not at all, for its owner alone, and once, as long as its file stays there. A file that
    is taken away comes again where the process was killed after it wrote it and before it struck it out of the outbox.
    """

    def __init__(self, name: str, folder: Path, suffix: str) -> None:
        """`suffix` begins with a dot."""
        self.name = name
        self._folder = folder
        self._suffix = suffix

    async def deliver(self, id_: str, body: bytes) -> None:
        try:
            await asyncio.to_thread(self._write, id_, body)
        except OSError as cause:
            raise NotNowError(f"{self._folder}: {cause.strerror}") from cause

    def _write(self, id_: str, body: bytes) -> None:
        make_folder(self._folder)
        unfinished = self._folder / f".{id_}.new"
        with open(unfinished, "wb", opener=_for_its_owner) as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._folder / f"{id_}{self._suffix}")
        sync_folder(self._folder)


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
