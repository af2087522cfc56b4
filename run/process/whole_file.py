"""A file that somebody asks for: written beside its place, and there once it is whole."""

import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

GZIP_END = ".gz"
UNFINISHED_END = ".part"
_LEVEL = 6


@contextmanager
def whole_file(path: Path, *, is_packed: bool) -> Iterator[Callable[[bytes], object]]:
    """What writes into it, for its owner's eyes. What is at its place stays until it is whole, and if it never is. A
    process that is killed leaves what it has written beside it, which the next one writes anew. Raises OSError.
    """
    unfinished = path.with_name(f"{path.name}{UNFINISHED_END}")
    unfinished.unlink(missing_ok=True)
    try:
        with ExitStack() as stack:
            raw = stack.enter_context(os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"))
            if is_packed:
                # Without a name and a time, so that the same lines are the same file.
                with gzip.GzipFile("", "wb", _LEVEL, cast("BinaryIO", raw), mtime=0) as packing:
                    yield packing.write
            else:
                yield raw.write
            raw.flush()
            os.fsync(raw.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
