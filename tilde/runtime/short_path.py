"""A file by a short name: the address of a unix socket has 107 bytes at most, and a data folder may lie deep."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

SOCKET_PATH_BYTES_MAX = 103  # of macOS; Linux has 107
DESCRIPTORS = Path("/proc/self/fd")


@contextmanager
def short_path(path: Path) -> Iterator[Path]:
    """A path to the same file that fits into a socket's address, good while the block runs, in this process only.

    It is the path itself where that is short. `path` is absolute, its folder is there, and its name has 64 bytes at
    most. Raises OSError.
    """
    if _fits(path):
        yield path
        return
    with ExitStack() as stack:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | getattr(os, "O_PATH", 0))
        stack.callback(os.close, folder)
        through = DESCRIPTORS / str(folder)
        if not through.is_dir():  # no Linux, or a container without /proc
            through = _link_to(path.parent, stack)
        yield through / path.name


def _link_to(folder: Path, stack: ExitStack) -> Path:
    """A symbolic link in a folder of its owner's only; it goes when `stack` closes."""
    place = Path(tempfile.mkdtemp(prefix="tilde-"))
    stack.callback(shutil.rmtree, place, ignore_errors=True)
    link = place / "data"
    link.symlink_to(folder)
    return link


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= SOCKET_PATH_BYTES_MAX
