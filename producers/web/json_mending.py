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
import threading
from typing import Any

from producers.web.json_bodies import NoJsonError, parse_patiently

NICE = 5
DATA_BYTES_MAX = 512 << 20  # the costliest of 4 MiB takes a third of it
MENDING_S = 60.0  # half a second, where a processor is to be had
NO_JSON = 3  # as the process ends then; 1 and 2 are Python's own
# -P: a `json.py` where we were started is not ours.
_RUN = [sys.executable, "-P", "-m", "producers.web.json_mending"]


class NotMendedError(Exception):
    """The process could not be started, or has died, was not done in time, or was ended: whether the body is JSON is
    not known.
    """


class Mender:
    """Mends bodies, each in a process of its own, until it is closed; from whatever thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # around what is running, and whether it is closed
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_closed = False

    def mended(self, body: bytes) -> Any:
        """As parse_patiently; waits for the process. Raises NoJsonError, NotMendedError."""
        try:
            out, status = self._said(self._started(), body)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotMendedError from error
        if status == NO_JSON:
            raise NoJsonError
        if status:
            raise NotMendedError
        return marshal.loads(out)  # noqa: S302 - from our own program, and deeper than pickle goes

    def close(self) -> None:
        """Ends what is under way, and begins nothing any more: whoever waits gets NotMendedError at once."""
        with self._lock:
            self._is_closed = True
            for process in self._running:
                process.kill()

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_closed:
                raise NotMendedError
            process = subprocess.Popen(  # noqa: S603 - our own program
                _RUN, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            self._running.add(process)
            return process

    def _said(self, process: subprocess.Popen[bytes], body: bytes) -> tuple[bytes, int]:
        """What it wrote, and how it ended."""
        with process:
            try:
                out, _ = process.communicate(body, MENDING_S)
            finally:
                process.kill()  # nothing, where it has ended
                with self._lock:
                    self._running.discard(process)
        return out, process.returncode


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
