"""Keeps room on the disk for the moment it is full. An edge that ships its log gives that room up for a new segment
then: the full one can be shipped and removed, and the disk has room again without anybody's help.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

BALLAST_BYTES = 16 << 20
SPARE = 4  # the ballast is taken only where the disk has this many times its size to spare


class Ballast:
    """A file of zeros. Neither method raises: without it a full disk just stays full for longer."""

    def __init__(self, path: Path, size: int = BALLAST_BYTES) -> None:
        self._path = path
        self._size = size

    def hold(self) -> None:
        """Takes the room, where it is not taken and the disk has enough."""
        try:
            if self._path.exists() or shutil.disk_usage(self._path.parent).free < SPARE * self._size:
                return
            with self._path.open("xb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError:
            self.free()

    def free(self) -> None:
        """Gives the room back."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
