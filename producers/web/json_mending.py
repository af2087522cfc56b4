"""Mends one large body of JSON in a process of its own: `python -m producers.web.json_mending`, the body on its input.

Python's parser lets no other thread run before it has done: a quarter of a second for four MiB, and it is asked up to
four times. A process holds up nobody, is behind posts and reads where there are too few cores, and takes no more memory
than it may. It costs some 40 ms and 15 MB to start one.
"""

import marshal
import os
import resource
import subprocess
import sys
from typing import Any

from producers.web.json_bodies import NoJsonError, parse_patiently

NICE = 5
DATA_BYTES_MAX = 512 << 20  # the costliest of 4 MiB takes a third of it
MENDING_S = 60.0  # half a second, where a processor is to be had
NO_JSON = 3  # as the process ends then; 1 and 2 are Python's own
# -P: a `json.py` where we were started is not ours.
_RUN = [sys.executable, "-P", "-m", "producers.web.json_mending"]


class NotMendedError(Exception):
    """The process could not be started, or has died, or was not done in time: whether the body is JSON is not known."""


def mended_apart(body: bytes) -> Any:
    """As parse_patiently, in a process of its own; waits for it. Raises NoJsonError, NotMendedError."""
    try:
        mended = subprocess.run(  # noqa: S603 - our own program
            _RUN, input=body, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=MENDING_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotMendedError from error
    if mended.returncode == NO_JSON:
        raise NoJsonError
    if mended.returncode:
        raise NotMendedError
    return marshal.loads(mended.stdout)  # noqa: S302 - from our own program, and deeper than pickle goes


def main() -> None:
    body = sys.stdin.buffer.read()
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES_MAX, DATA_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        value = parse_patiently(body)
    except NoJsonError:
        sys.exit(NO_JSON)
    with open(1, "wb", closefd=False) as out:
        out.write(marshal.dumps(value))


if __name__ == "__main__":
    main()
