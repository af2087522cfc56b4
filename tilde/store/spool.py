"""Keeps the files in which blocks reach the embedded store inside of the store's folder.

chDB reads a block from a file, which its driver puts where Python puts temporary files. That is /tmp: others may read
the names there, and a kill leaves users' numbers in it.
"""

import os
import tempfile
from pathlib import Path

_FOLDER = "spool"


class Spool:
    """Temporary files of this process stand inside of the store until `close`, for their owner only.

    To be made once the store is open, since what was left there by a kill is removed: nobody else has it open then.
    Raises OSError.
    """

    def __init__(self, store: Path) -> None:
        self._folder = store / _FOLDER
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for left in self._folder.iterdir():
            left.unlink()
        self._before = tempfile.tempdir
        tempfile.tempdir = os.fspath(self._folder)

    def close(self) -> None:
        """Has temporary files stand where they stood before."""
        tempfile.tempdir = self._before
