"""Ends this process when its supervisor is gone, however it went: a pipe that only the supervisor holds open."""

import os
import threading

VARIABLE = "TILDE_ALIVE_FD"


def hold() -> None:
    """Begins to watch, where a supervisor passed a pipe on."""
    descriptor = os.environ.pop(VARIABLE, None)
    if descriptor is not None:
        threading.Thread(target=_watch, args=(int(descriptor),), daemon=True, name="lifeline").start()


def _watch(descriptor: int) -> None:
    os.read(descriptor, 1)  # returns only when the other end is closed
    os._exit(0)
