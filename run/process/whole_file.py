"""A file that somebody asks for: written beside its place, and there once it is whole."""

import fcntl
import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from tilde.data_folder import sync_folder
from tilde.errors import TildeError

UNFINISHED_END = ".part"
_LEVEL = 6


@contextmanager
def whole_file(path: Path, *, is_packed: bool) -> Iterator[Callable[[bytes], object]]:
    """What writes into it, for its owner's eyes. What is at its place stays until it is whole, and if it never is. A
    process that is killed leaves what it has written beside it, which the next one writes anew. Raises OSError; and
    TildeError where no file can be, and while another process writes the same one.
    """
    require_place(path)
    path = path.resolve()  # where a link leads
    unfinished = path.with_name(f"{path.name}{UNFINISHED_END}")
    with _held(unfinished) as raw:  # and is nobody else's until it has another name, or is gone
        try:
            if is_packed:
                # Without a name and a time, so that the same lines are the same file.
                with gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packing:
                    yield packing.write
            else:
                yield raw.write
            raw.flush()
            os.fsync(raw.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


def is_named_packed(path: Path) -> bool:
    """Whether a file's name says that it is packed by gzip."""
    return path.name.lower().endswith(".gz")


def require_place(path: Path) -> None:
    """Raises TildeError where a file of this name cannot be: whoever writes one hears so before he has begun."""
    with told_of(path):
        place = path.resolve()
        if place.is_dir():
            raise TildeError(f"{path} is a folder, and no file can be written in its place")
        if not place.parent.is_dir():
            raise TildeError(f"there is no folder {place.parent} to write {place.name} into")


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """What the system says of a file, as a TildeError."""
    try:
        yield
    except OSError as cause:
        raise TildeError(f"{path} cannot be written: {cause.strerror}") from None


def _held(unfinished: Path) -> BinaryIO:
    """The file, empty, and nobody else's as long as it is open. Raises OSError, TildeError."""
    with told_of(unfinished):
        raw = os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT, 0o600), "wb")
    with suppress(BlockingIOError):
        fcntl.flock(raw, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(unfinished, raw):  # else it was another's, who is done now
            raw.truncate()
            return raw
    raw.close()
    raise TildeError(f"another process writes {unfinished}")


def _is_at(path: Path, raw: BinaryIO) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(raw.fileno()), path.stat())
    return False
