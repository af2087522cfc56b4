"""Where bytes go that somebody asked for: into a file, which is there once it is whole; or into what takes them as they
come: standard output (`-`), a named pipe, a device. Of these only the exit code says whether it was all.
"""

import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from run.process.printing import NobodyReadsError, is_printed_nowhere, print_bytes, prints_for_eyes
from run.process.whole_file import require_place, told_of, whole_file
from tilde.errors import TildeError

_STANDARD_OUTPUT = {Path("-"), Path("/dev/stdout")}
_LEVEL = 6
_GZIP = 31  # the window of 15 bits, and 16 for gzip's head


def is_standard_output(path: Path) -> bool:
    """Whether it is where commands print."""
    return path in _STANDARD_OUTPUT


def require_outlet(path: Path, *, is_packed: bool) -> None:
    """Raises TildeError where nothing can be written: whoever writes hears so before he has begun."""
    if is_standard_output(path):
        if is_printed_nowhere():
            raise TildeError("standard output is closed, so nothing can be written there")
        if is_packed and prints_for_eyes():
            raise TildeError("what is packed is no text for a terminal: say --output FILE, or lead it into a file")
    elif not _takes_as_it_comes(path):
        require_place(path)


@contextmanager
def outlet(path: Path, *, is_packed: bool) -> Iterator[Callable[[bytes], object]]:
    """What writes there. Raises what `whole_file` does."""
    if is_standard_output(path):
        with told_where_nobody_reads(), _packing(print_bytes, is_packed=is_packed) as write:
            yield write
    elif _takes_as_it_comes(path):
        with told_of(path), path.open("wb") as taker, _packing(taker.write, is_packed=is_packed) as write:
            yield write
    else:
        with whole_file(path, is_packed=is_packed) as write:
            yield write


@contextmanager
def told_where_nobody_reads() -> Iterator[None]:
    """Raises TildeError where standard output is not taken whole."""
    try:
        yield
    except NobodyReadsError:
        raise TildeError("it is not all: whoever reads standard output ended before") from None


def _takes_as_it_comes(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


@contextmanager
def _packing(target: Callable[[bytes], object], *, is_packed: bool) -> Iterator[Callable[[bytes], object]]:
    """Where it breaks off, what is packed has no end: whoever unpacks it hears that it was cut off."""
    if not is_packed:
        yield target
        return
    packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    yield lambda piece: target(packing.compress(piece))
    target(packing.flush())
