"""A crash inside a transaction, at any instruction of it, without a process that has to die."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tilde.eventlog import LogError

INSTRUCTIONS = 10  # of SQLite's machine, between two looks


@contextmanager
def dying(db: sqlite3.Connection, at: int) -> Iterator[None]:
    """In the block the file stops at the `at`-th look into whatever it does: what was not committed by then never is,
    and the error of who wrote is swallowed.
    """
    left = at

    def die() -> int:
        nonlocal left
        left -= 1
        return left < 0

    db.set_progress_handler(die, INSTRUCTIONS)
    try:
        with suppress(LogError):
            yield
    finally:
        db.set_progress_handler(None, 0)
