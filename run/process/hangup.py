"""Handles SIGHUP. It tells Tilde that its certificate may have been renewed, and never ends a process, though a
terminal that is closed sends it too.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


def outlive_hangups() -> None:
    """Passes over them until the process hears them; to be called before anything slow is imported."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


@contextmanager
def held_back() -> Iterator[None]:
    """A process started meanwhile is born with them held back: none can end it before `outlive_hangups`."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
