"""The file of jobs and their answers: a restart loses none, and nothing in it is older than a day.

What is asked may be about a person, an e-mail address that is looked for: so it stands sealed in the file, and why it
could not be answered, too. The master secret opens that for as long as it is there; so where a person is erased the
jobs that name him are taken away, with every byte of theirs.

    take_away   rows go, and it is noted that bytes of theirs may be there    one transaction
    sweep       the file is written anew, its write-ahead log cut; it is noted that none is
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from api.jobs.job import KEPT_MS, Job, JobState, WaitingJob
from tilde.data_folder import make_folder
from tilde.keys.keyring import Keyring
from tilde.store import StoreError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS job (
    id TEXT PRIMARY KEY, account INTEGER NOT NULL, product INTEGER NOT NULL, kind TEXT NOT NULL, asked BLOB NOT NULL,
    began_ms INTEGER NOT NULL, state TEXT NOT NULL, error BLOB, answer BLOB, since INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS job_of ON job (account, began_ms);
"""
_SELECT = "SELECT id, account, product, kind, asked, began_ms, state, error, since FROM job"
_HAS_REMAINS = 1  # the `user_version` of a file in which jobs were taken away that may still be there as bytes


class JobFile:
    """Opened by one process, made with the first job. Raises StoreError. Its calls may come from any thread."""

    def __init__(self, path: Path, keyring: Keyring) -> None:
        self._path = path
        self._keyring = keyring
        self._lock = Lock()
        self._db: sqlite3.Connection | None = None

    def add(self, job: Job) -> None:
        """Durable on return."""
        asked = self._keyring.seal(job.asked)
        values = (job.id, job.account, job.product, job.kind, asked, job.began_ms, job.state, job.since)
        with self._opened() as db:
            db.execute("INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?)", values)

    def find(self, id_: str) -> Job | None:
        """One by its id."""
        return next(iter(self._jobs("WHERE id = ?", id_)), None)

    def waiting(self, now_ms: int) -> list[WaitingJob]:
        """Those that are to be answered, the oldest first; none that nobody finds any more. None is opened."""
        select = "SELECT id, account, kind FROM job WHERE state = ? AND began_ms > ? ORDER BY began_ms, rowid"
        with self._opened() as db:
            return [WaitingJob(*row) for row in db.execute(select, (JobState.WAITING, now_ms - KEPT_MS))]

    def all(self) -> list[Job]:
        """Whatever there is, the oldest first."""
        return [] if self._is_missing else self._jobs("ORDER BY began_ms, rowid")

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

    def take_away(self, ids: Iterable[str]) -> None:
        """These are not there any more, durably, with their answers; their bytes may be, until `sweep`."""
        with self._opened() as db:
            db.executemany("DELETE FROM job WHERE id = ?", [(id_,) for id_ in ids])
            db.execute(f"PRAGMA user_version={_HAS_REMAINS}")

    def sweep(self) -> None:
        """Nothing is left of what was taken away, here or before a crash: SQLite overwrites what is deleted, but not
        what its write-ahead log has of it, nor a page that a row has moved from.
        """
        if self._is_missing:
            return
        with self._opened() as db:
            ((state,),) = db.execute("PRAGMA user_version").fetchall()
            if state == _HAS_REMAINS:
                _write_anew(db)

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
            Job(id_, account, product, kind, self._keyring.open(asked), began, JobState(state), self._why(error), since)
            for id_, account, product, kind, asked, began, state, error, since in rows
        ]

    def _why(self, error: bytes | None) -> str | None:
        return None if error is None else self._keyring.open(error)

    @property
    def _is_missing(self) -> bool:
        return self._db is None and not self._path.exists()

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
        _add_since(db)
        return db


def _add_since(db: sqlite3.Connection) -> None:
    """A file that was made before jobs said so has it, too: older than every erasure, so it goes with any."""
    if not any(name == "since" for _, name, *_ in db.execute("PRAGMA table_info(job)")):
        db.execute("ALTER TABLE job ADD COLUMN since INTEGER NOT NULL DEFAULT 0")


def _write_anew(db: sqlite3.Connection) -> None:
    _cut(db)
    db.execute("VACUUM")
    _cut(db)
    db.execute("PRAGMA user_version=0")


def _cut(db: sqlite3.Connection) -> None:
    """Has the file be all there is, its write-ahead log empty."""
    (is_busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise sqlite3.OperationalError("another process reads it, so what was taken away is still in it")
