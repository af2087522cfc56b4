"""The file of jobs and their answers: a restart loses none, and nothing in it is older than a day.

What is asked may be about a person, an e-mail address that is looked for: so it stands sealed in the file, and why it
could not be answered, too.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from api.jobs.job import KEPT_MS, Job, JobState
from tilde.data_folder import make_folder
from tilde.keys.keyring import Keyring
from tilde.store import StoreError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS job (
    id TEXT PRIMARY KEY, account INTEGER NOT NULL, product INTEGER NOT NULL, kind TEXT NOT NULL, asked BLOB NOT NULL,
    began_ms INTEGER NOT NULL, state TEXT NOT NULL, error BLOB, answer BLOB
);
CREATE INDEX IF NOT EXISTS job_of ON job (account, began_ms);
"""
_SELECT = "SELECT id, account, product, kind, asked, began_ms, state, error FROM job"


class JobFile:
    """Opened by one process, made with the first job. Raises StoreError. Its calls may come from any thread."""

    def __init__(self, path: Path, keyring: Keyring) -> None:
        self._path = path
        self._keyring = keyring
        self._lock = Lock()
        self._db: sqlite3.Connection | None = None

    def add(self, job: Job) -> None:
        """Durable on return."""
        values = (job.id, job.account, job.product, job.kind, self._keyring.seal(job.asked), job.began_ms, job.state)
        with self._opened() as db:
            db.execute("INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)", values)

    def find(self, id_: str) -> Job | None:
        """One by its id."""
        return next(iter(self._jobs("WHERE id = ?", id_)), None)

    def waiting(self, now_ms: int) -> list[Job]:
        """Those that are to be answered, the oldest first; none that nobody finds any more."""
        where = "WHERE state = ? AND began_ms > ? ORDER BY began_ms, rowid"
        return self._jobs(where, JobState.WAITING, now_ms - KEPT_MS)

    def count(self, account: int) -> int:
        """How many jobs of an account there are."""
        with self._opened() as db:
            (count,) = db.execute("SELECT count(*) FROM job WHERE account = ?", (account,)).fetchone()
        return int(count)

    def finish(self, id_: str, state: JobState, error: str | None = None, answer: bytes | None = None) -> bool:
        """What became of one; False where that was known before, for a job ends once."""
        with self._opened() as db:
            done = db.execute(
                "UPDATE job SET state = ?, error = ?, answer = ? WHERE id = ? AND state = ?",
                (state, None if error is None else self._keyring.seal(error), answer, id_, JobState.WAITING),
            )
        return bool(done.rowcount)

    def cancel(self, id_: str) -> None:
        """Ends one; an answer that is there goes."""
        with self._opened() as db:
            db.execute("UPDATE job SET state = ?, answer = NULL WHERE id = ?", (JobState.CANCELLED, id_))

    def answer(self, id_: str) -> bytes:
        """That of one that is done; nothing of others."""
        with self._opened() as db:
            row = db.execute("SELECT answer FROM job WHERE id = ?", (id_,)).fetchone()
        return (row and row[0]) or b""

    def forget(self, now_ms: int) -> None:
        """Takes away what is older than a day."""
        with self._opened() as db:
            db.execute("DELETE FROM job WHERE began_ms <= ?", (now_ms - KEPT_MS,))

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()
            self._db = None

    def _jobs(self, where: str, *values: str | int) -> list[Job]:
        with self._opened() as db:
            rows = db.execute(f"{_SELECT} {where}", values).fetchall()
        return [
            Job(id_, account, product, kind, self._keyring.open(asked), began_ms, JobState(state), self._why(error))
            for id_, account, product, kind, asked, began_ms, state, error in rows
        ]

    def _why(self, error: bytes | None) -> str | None:
        return None if error is None else self._keyring.open(error)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._db is None:
                    self._db = self._open()
                with self._db as transaction:
                    yield transaction
            except (sqlite3.Error, OSError) as cause:
                raise StoreError(f"{self._path.name}: {cause}") from cause

    def _open(self) -> sqlite3.Connection:
        make_folder(self._path.parent)
        db = sqlite3.connect(self._path, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            db.execute(f"PRAGMA {pragma}")
        db.executescript(_SCHEMA)
        return db
