"""Jobs: each is answered once, over restarts, or says why not; and none is there after a day."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api.jobs import jobs as module
from api.jobs.job import KEPT_MS, Job, JobState, WaitingJob
from api.jobs.job_file import JobFile
from api.jobs.jobs import AT_ONCE, JOBS_MAX, Jobs, TooManyJobsError
from testkit.fixed_clock import FixedClock
from testkit.waiting import until_it_holds, until_told
from tilde.eventlog import LogError
from tilde.keys.keyring import Keyring
from tilde.keys.opener import KeysAwayError
from tilde.store import Purpose, QueryLimitError, StoreError
from tilde.store.profiles import THREADS

KEYRING = Keyring(bytes(32))
SECRET = "bob@example.com"


class Desk:
    """Jobs over a file, which are answered as a test says."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "jobs.db"
        self.clock = FixedClock(1_000_000)
        self.sequence = 0
        self.answered: list[str] = []
        self.opened: list[Jobs] = []

    def open(self, answer: Callable[[Job], Awaitable[bytes]] | None = None) -> Jobs:
        async def answering(job: Job) -> bytes:
            self.answered.append(job.asked)
            return await answer(job) if answer else job.asked.encode()

        jobs = Jobs(JobFile(self.path, KEYRING), self.clock, lambda: self.sequence)
        jobs.answer_with("shout", answering)
        self.opened.append(jobs)
        return jobs


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    for jobs in desk.opened:
        await jobs.close()


async def ended(jobs: Jobs, id_: str) -> Job:
    """One that waits no more."""
    job = await until_told(partial(jobs.find, id_), lambda job: job is not None and job.state is not JobState.WAITING)
    assert job is not None
    return job


async def never(job: Job) -> bytes:
    await asyncio.Event().wait()
    return b""


async def test_a_job_is_answered_and_its_answer_kept(desk: Desk) -> None:
    jobs = desk.open()
    job = await jobs.begin(1, 7, "shout", SECRET)
    done = await ended(jobs, job.id)

    assert (done.state, done.account, done.product, done.asked) == (JobState.DONE, 1, 7, SECRET)
    assert await jobs.answer(job.id) == SECRET.encode()
    assert await jobs.find("another") is None


async def test_what_a_restart_ends_begins_again_at_the_first_call(desk: Desk) -> None:
    first = desk.open(never)
    job = await first.begin(1, 7, "shout", "a")
    while not desk.answered:
        await asyncio.sleep(0.005)
    await first.close()

    second = desk.open()
    assert (await ended(second, job.id)).state is JobState.DONE
    assert await second.answer(job.id) == b"a"
    assert desk.answered == ["a", "a"]


async def test_one_that_was_cancelled_behind_the_look_is_not_begun(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waited when somebody looked may have ended since."""
    looks = [[], [WaitingJob("gone", 1, "shout")]]
    with monkeypatch.context() as looking:
        looking.setattr(JobFile, "waiting", lambda file, now_ms: looks.pop() if looks else [])
        jobs = desk.open()
        file = JobFile(desk.path, KEYRING)
        file.add(Job("gone", 1, 7, "shout", "a", 1_000_000))
        file.cancel("gone")
        file.close()
        await jobs.find("any")
        await until_it_holds(lambda: not looks)

    assert desk.answered == []


async def test_what_is_closed_leaves_one_whole_file(desk: Desk) -> None:
    """Which has all, so it may be copied: no write-ahead log is beside it."""
    jobs = desk.open()
    await ended(jobs, (await jobs.begin(1, 7, "shout", "a")).id)
    before = sorted(path.name for path in desk.path.parent.iterdir())
    await jobs.close()

    assert before == ["jobs.db", "jobs.db-shm", "jobs.db-wal"]
    assert [path.name for path in desk.path.parent.iterdir()] == ["jobs.db"]


async def test_a_cancelled_one_ends_and_stays_so(desk: Desk) -> None:
    """What runs of it is stopped; others go on in its place."""
    jobs = desk.open(never)
    running = [await jobs.begin(account, 7, "shout", str(account)) for account in range(AT_ONCE + 1)]
    await until_it_holds(lambda: len(desk.answered) == AT_ONCE)
    assert sorted(desk.answered) == ["0", "1"]

    await jobs.cancel(running[0].id)
    assert (await ended(jobs, running[0].id)).state is JobState.CANCELLED
    await until_it_holds(lambda: sorted(desk.answered) == ["0", "1", "2"])  # long before the first one's time is over


async def test_a_done_one_that_is_cancelled_loses_its_answer(desk: Desk) -> None:
    jobs = desk.open()
    job = await jobs.begin(1, 7, "shout", "a")
    await ended(jobs, job.id)
    await jobs.cancel(job.id)

    assert (await ended(jobs, job.id)).state is JobState.CANCELLED
    assert await jobs.answer(job.id) == b""


async def test_a_cancelled_one_is_not_done_by_an_answer_that_comes_later(tmp_path: Path) -> None:
    """It was on its way already when somebody took the question back."""
    file = JobFile(tmp_path / "jobs.db", KEYRING)
    file.add(Job("a", 1, 7, "shout", "a", 1_000_000))
    file.cancel("a")
    is_first = file.finish("a", JobState.DONE, None, b"somebody")
    found, answer = file.find("a"), file.answer("a")
    file.close()

    assert not is_first
    assert (found and found.state, answer) == (JobState.CANCELLED, b"")


@pytest.mark.parametrize("kind", [ValueError, QueryLimitError, KeysAwayError])
async def test_one_that_cannot_be_answered_says_why(desk: Desk, kind: type[Exception]) -> None:
    """In the words of what answers it, and no bug is told."""
    why, told = kind("no such thing"), list[Any]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    async def refuse(job: Job) -> bytes:
        raise why

    jobs = desk.open(refuse)
    job = await jobs.begin(1, 7, "shout", "a")
    failed = await ended(jobs, job.id)
    await until_it_holds(lambda: not jobs.runs(job.id))

    assert (failed.state, failed.error) == (JobState.FAILED, "no such thing")
    assert told == []


async def test_one_that_takes_too_long_ends(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "JOB_S", 0.01)
    jobs = desk.open(never)
    job = await jobs.begin(1, 7, "shout", "a")
    failed = await ended(jobs, job.id)
    assert (failed.state, failed.error) == (JobState.FAILED, "it took longer than 0.01 seconds")


async def test_it_waits_for_a_store_that_is_away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.01)

    async def answer(job: Job) -> bytes:
        if len(desk.answered) < 3:
            raise (StoreError, LogError)[len(desk.answered) - 1]("away")
        return b"there"

    jobs = desk.open(answer)
    job = await jobs.begin(1, 7, "shout", "a")
    assert (await ended(jobs, job.id)).state is JobState.DONE
    assert desk.answered == ["a"] * 3


async def test_before_it_asks_a_store_that_is_away_again_it_pauses(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would ask as fast as the store refuses; and a client asks again every few seconds. The pauses take no time here, and are told apart by their
    length.
    """
    assert module.RETRY_S == 2.0
    pauses: list[int] = []
    sleep = asyncio.sleep

    async def counting(delay: float) -> None:
        if delay == 1234.5:
            pauses.append(len(desk.answered))
        await sleep(0 if delay == 1234.5 else delay)

    async def answer(job: Job) -> bytes:
        if len(desk.answered) < 3:
            raise (StoreError, LogError)[len(desk.answered) - 1]("away")
        return b"there"

    monkeypatch.setattr(module, "RETRY_S", 1234.5)
    monkeypatch.setattr(asyncio, "sleep", counting)
    jobs = desk.open(answer)
    await ended(jobs, (await jobs.begin(1, 7, "shout", "a")).id)

    assert (desk.answered, pauses) == (["a"] * 3, [1, 2])


async def test_one_that_nobody_can_answer_ends(desk: Desk) -> None:
    """A bug, or a kind that a later release knows: it would be begun again for ever. What went wrong is told at once."""
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))

    jobs = desk.open(broken)
    for kind in ("shout", "whisper"):
        job = await jobs.begin(1, 7, kind, "a")
        failed = await ended(jobs, job.id)
        assert (failed.state, failed.error) == (JobState.FAILED, "it cannot be answered here")
    assert desk.answered == ["a"]
    await until_it_holds(lambda: len(told) == 2)
    assert list(map(type, told)) == [ZeroDivisionError, KeyError]


async def test_what_ends_by_a_bug_goes_on_with_the_next_call(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what begins jobs; the bug is told at once."""
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))
    jobs = desk.open()
    with monkeypatch.context() as broken_file:
        broken_file.setattr(JobFile, "waiting", lambda file, now_ms: 1 // 0)
        job = await jobs.begin(1, 7, "shout", "a")
        await until_it_holds(lambda: told)

    assert (await ended(jobs, job.id)).state is JobState.DONE
    assert list(map(type, told)) == [ZeroDivisionError]


async def test_after_a_day_nothing_is_left_of_one(desk: Desk) -> None:
    jobs = desk.open()
    job = await jobs.begin(1, 7, "shout", SECRET)
    await ended(jobs, job.id)
    assert job.ends_ms == 1_000_000 + 86_400_000
    desk.clock.advance(KEPT_MS - 1)
    assert await jobs.find(job.id) is not None
    desk.clock.advance(1)
    assert await jobs.find(job.id) is None

    await jobs.begin(1, 7, "shout", "b")
    assert await jobs.answer(job.id) == b""


def test_one_that_nobody_finds_any_more_is_not_answered(tmp_path: Path) -> None:
    file = JobFile(tmp_path / "jobs.db", KEYRING)
    for id_, began_ms in (("a", 1), ("b", 2)):
        file.add(Job(id_, 1, 7, "shout", "asked", began_ms))
    waiting = file.waiting(KEPT_MS + 1)
    file.close()

    assert waiting == [WaitingJob("b", 1, "shout")]


def test_of_one_that_has_no_answer_it_is_said_why() -> None:
    """Of one that was cancelled, too."""
    job = Job("a", 1, 7, "shout", "asked", 1)
    reasons = [
        (JobState.WAITING, None),
        (JobState.DONE, None),
        (JobState.FAILED, "no such thing"),
        (JobState.CANCELLED, None),
    ]

    said = [replace(job, state=state, error=error).why_not for state, error in reasons]
    assert said == [None, None, "no such thing", "cancelled"]


def test_a_file_makes_its_folder_and_says_where_none_can_be(tmp_path: Path) -> None:
    """A question is answered with that, and not with a bug."""
    file = JobFile(tmp_path / "api" / "jobs.db", KEYRING)
    assert file.count(1) == 0
    file.close()
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="jobs.db"):
        JobFile(tmp_path / "file" / "jobs.db", KEYRING).count(1)


def test_a_file_is_synced_with_each_commit_and_overwrites_what_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by an SQLite that would do neither by itself."""
    connect = sqlite3.connect

    def careless(path: Path, **options: Any) -> sqlite3.Connection:
        db = connect(path, **options)
        for name in ("synchronous", "secure_delete"):
            db.execute(f"PRAGMA {name}=OFF")
        return db

    monkeypatch.setattr(sqlite3, "connect", careless)
    file = JobFile(tmp_path / "jobs.db", KEYRING)
    with file._opened() as db:
        asked = [
            db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "secure_delete")
        ]
    file.close()

    assert asked == ["wal", 2, 1]


@pytest.mark.parametrize("end", ["a day later", "cancelled"])
async def test_of_an_answer_that_is_gone_no_byte_stays_in_the_file(tmp_path: Path, end: str) -> None:
    """Who finds the file would read whom it names."""
    file = JobFile(tmp_path / "jobs.db", KEYRING)
    answers = {id_: f"number of person {id_}, ".encode() * 500 for id_ in "ab"}
    for id_, answer in answers.items():
        file.add(Job(id_, 1, 7, "shout", "asked", 1_000_000 if id_ == "a" else 1_000_001))
        file.finish(id_, JobState.DONE, None, answer)
    file.close()
    before = file_of(tmp_path)

    if end == "cancelled":
        file.cancel("a")
    else:
        file.forget(1_000_000 + KEPT_MS)
    file.close()

    assert all(answer[:50] in before for answer in answers.values())
    assert [answer[:50] in file_of(tmp_path) for answer in answers.values()] == [False, True]


def file_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_what_is_asked_stands_sealed_in_the_file_and_why_it_failed_too(desk: Desk) -> None:
    """And the search for it would find it: the answer, which here says it, is there."""

    async def answer(job: Job) -> bytes:
        if job.asked == SECRET:
            raise ValueError(f"{SECRET} is no number")
        return b"somebody"

    jobs = desk.open(answer)
    for asked in (SECRET, "another"):
        await ended(jobs, (await jobs.begin(1, 7, "shout", asked)).id)
    there = file_of(desk.path.parent)

    assert SECRET.encode() not in there
    assert b"somebody" in there


async def test_an_account_has_so_many_a_day_and_another_is_not_in_its_way(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert JOBS_MAX >= 1_000
    monkeypatch.setattr(module, "JOBS_MAX", 2)
    jobs = desk.open()
    for _ in range(2):
        await jobs.begin(2, 7, "shout", "a")
    with pytest.raises(TooManyJobsError):
        await jobs.begin(2, 7, "shout", "a")

    for other in (1, 3):
        await jobs.begin(other, 7, "shout", "a")
    desk.clock.advance(KEPT_MS)
    await jobs.begin(2, 7, "shout", "a")


async def test_an_account_that_has_put_many_leaves_a_place_to_another(desk: Desk) -> None:
    """It has one place, though nobody else has asked for the other, and though none of its jobs ends."""
    jobs = desk.open(never)
    for nth in range(5):
        await jobs.begin(1, 7, "shout", f"first's {nth}")
    await until_it_holds(lambda: desk.answered == ["first's 0"])
    await jobs.begin(2, 7, "shout", "second's")

    await until_it_holds(lambda: desk.answered == ["first's 0", "second's"])


async def test_accounts_take_turns(desk: Desk) -> None:
    """Who has put many holds up nobody: the next place is that of the account that has none, and came longest ago."""
    gates = dict[str, asyncio.Event]()

    async def answer(job: Job) -> bytes:
        await gates.setdefault(job.asked, asyncio.Event()).wait()
        return b""

    jobs = desk.open(answer)
    for account, name in ((1, "first"), (2, "second"), (3, "third")):
        for nth in range(3):
            await jobs.begin(account, 7, "shout", f"{name}'s {nth}")
    await until_it_holds(lambda: len(desk.answered) == AT_ONCE)
    for ends in ("first's 0", "second's 0", "third's 0", "first's 1"):
        there = len(desk.answered)
        gates[ends].set()
        await until_it_holds(lambda there=there: len(desk.answered) == there + 1)

    assert sorted(desk.answered[:AT_ONCE]) == ["first's 0", "second's 0"]  # each is read from the file beside the other
    assert desk.answered[AT_ONCE:] == ["third's 0", "first's 1", "second's 1", "third's 1"]


def test_each_job_that_has_a_place_has_a_thread_of_the_store() -> None:
    """Else its place would be one in another line."""
    assert THREADS[Purpose.JOB] == AT_ONCE


async def test_what_waits_stays_sealed(desk: Desk) -> None:
    """Only what begins is opened. So one that cannot be, which another master secret sealed, holds up no other."""
    jobs = desk.open(never)
    running = await jobs.begin(1, 7, "shout", "a")
    await until_it_holds(lambda: jobs.runs(running.id))
    waiting = await jobs.begin(1, 7, "shout", "b")
    with closing(sqlite3.connect(desk.path)) as db, db:
        db.execute("UPDATE job SET asked = ? WHERE id = ?", (Keyring(bytes([1]) * 32).seal("b"), waiting.id))
    await jobs.begin(2, 7, "shout", "c")
    await until_it_holds(lambda: desk.answered == ["a", "c"])


async def test_accounts_take_turns_after_a_restart_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who came last is forgotten, and nobody waits longer than a turn of all for it."""
    with monkeypatch.context() as waiting:
        waiting.setattr(module, "AT_ONCE", 0)
        first = desk.open()
        for account, name in ((1, "a"), (1, "b"), (1, "c"), (2, "d")):
            await first.begin(account, 7, "shout", name)
        await first.close()
    monkeypatch.setattr(module, "AT_ONCE", 1)
    second = desk.open()
    await second.find("any")
    await until_it_holds(lambda: len(desk.answered) == 4)

    assert desk.answered == ["a", "d", "b", "c"]


async def test_what_runs_one_by_one_is_in_nobodys_way(desk: Desk) -> None:
    """A second one waits without a place, whoever put it; all others run beside the first."""
    jobs = desk.open()
    statements: list[str] = []

    async def slowly(job: Job) -> bytes:
        statements.append(job.asked)
        return await never(job)

    jobs.answer_with("sql", slowly, one_by_one=True)
    first = await jobs.begin(1, 7, "sql", "a")
    for account, name in ((1, "b"), (1, "c"), (2, "d")):
        await jobs.begin(account, 7, "sql", name)
    for _ in range(AT_ONCE + 1):
        other = await jobs.begin(1, 7, "shout", "e")
        assert (await ended(jobs, other.id)).state is JobState.DONE
    assert statements == ["a"]

    await jobs.cancel(first.id)
    await until_it_holds(lambda: statements == ["a", "d"])


@contextmanager
def keeping_no_answer(path: Path) -> Iterator[None]:
    """As on a disk that is full: jobs are found and cancelled, but what became of one is not written."""
    change(
        path,
        "CREATE TRIGGER full BEFORE UPDATE ON job WHEN NEW.state <> 'cancelled' BEGIN SELECT RAISE(FAIL, 'full'); END",
    )
    yield
    change(path, "DROP TRIGGER full")


def change(path: Path, statement: str) -> None:
    """Has somebody else do something with the file."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(statement)


class FullDesk(Desk):
    """Jobs over a file that is there, and which is tried again at once."""

    async def begun(self, answer: Callable[[Job], Awaitable[bytes]] | None = None) -> Jobs:
        jobs = self.open(answer)
        await jobs.find("none")
        return jobs

    async def some_tries(self, jobs: Jobs) -> None:
        """Returns after some in vain."""
        for _ in range(5):
            jobs.retrying.trouble = None
            await until_it_holds(lambda: jobs.retrying.trouble is not None)


@pytest_asyncio.fixture
async def full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FullDesk]:
    monkeypatch.setattr(module, "RETRY_S", 0.001)
    monkeypatch.setattr(module, "RETRY_S_MAX", 0.001)
    desk = FullDesk(tmp_path)
    yield desk
    for jobs in desk.opened:
        await jobs.close()


async def as_asked(job: Job) -> bytes:
    return job.asked.encode()


async def refused(job: Job) -> bytes:
    raise ValueError(f"{job.asked} is no number")


async def broken(job: Job) -> bytes:
    raise ZeroDivisionError


async def late(job: Job) -> bytes:
    raise TimeoutError


@pytest.mark.parametrize(
    ("answer", "became", "kept"),
    [
        (as_asked, (JobState.DONE, None), b"a"),
        (refused, (JobState.FAILED, "a is no number"), b""),
        (broken, (JobState.FAILED, "it cannot be answered here"), b""),
        (late, (JobState.FAILED, "it took longer than 120 seconds"), b""),
    ],
)
async def test_what_became_of_one_is_written_when_the_file_can_be(
    full: FullDesk,
    capsys: pytest.CaptureFixture[str],
    answer: Callable[[Job], Awaitable[bytes]],
    became: tuple[JobState, str | None],
    kept: bytes,
) -> None:
    """It is answered once, however often the file fails. The operator is told once that it does, and once that it is
    over.
    """
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)  # what is broken tells so, too
    jobs = await full.begun(answer)
    with keeping_no_answer(full.path):
        job = await jobs.begin(1, 7, "shout", "a")
        await full.some_tries(jobs)
        meanwhile = await jobs.find(job.id)
    done = await ended(jobs, job.id)
    await until_it_holds(lambda: not jobs.runs(job.id))

    assert meanwhile == job
    assert ((done.state, done.error), await jobs.answer(job.id)) == (became, kept)
    assert full.answered == ["a"]
    assert capsys.readouterr().err.splitlines() == [
        "tilde api: the file of jobs does not answer, and is tried again until it does: jobs.db: full",
        "tilde api: the file of jobs answers again",
    ]


async def test_an_answer_that_is_never_written_ends_with_its_process(full: FullDesk) -> None:
    """Which stops, and the next one answers again, once."""
    jobs = await full.begun()
    with keeping_no_answer(full.path):
        job = await jobs.begin(1, 7, "shout", "a")
        await full.some_tries(jobs)
        await jobs.close()
        second = await full.begun()
        await full.some_tries(second)
    assert (await ended(second, job.id)).state is JobState.DONE
    assert full.answered == ["a", "a"]


async def test_one_that_is_cancelled_while_its_answer_is_in_hand_stays_so(full: FullDesk) -> None:
    """And gives its place to another."""
    jobs = await full.begun()
    with keeping_no_answer(full.path):
        first = await jobs.begin(1, 7, "shout", "a")
        await full.some_tries(jobs)
        second = await jobs.begin(1, 7, "shout", "b")
        assert full.answered == ["a"]

        await jobs.cancel(first.id)
        await until_it_holds(lambda: full.answered == ["a", "b"])
    await ended(jobs, second.id)
    gone = await jobs.find(first.id)

    assert gone is not None
    assert (gone.state, await jobs.answer(first.id)) == (JobState.CANCELLED, b"")


async def test_one_that_is_taken_away_while_its_answer_is_in_hand_is_nowhere(full: FullDesk) -> None:
    jobs = await full.begun()
    with keeping_no_answer(full.path):
        job = await jobs.begin(1, 7, "shout", SECRET)
        await full.some_tries(jobs)
        await jobs.take_away(lambda each: each.asked == SECRET)
        assert not jobs.runs(job.id)
    await ended(jobs, (await jobs.begin(1, 7, "shout", "b")).id)

    assert await jobs.find(job.id) is None
    assert SECRET.encode() not in file_of(full.path.parent)
    assert full.answered == [SECRET, "b"]


async def test_a_file_that_does_not_tell_what_waits_is_asked_until_it_does(
    full: FullDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    first = await full.begun(never)
    job = await first.begin(1, 7, "shout", "a")
    await until_it_holds(lambda: first.runs(job.id))
    await first.close()
    change(full.path, "ALTER TABLE job RENAME COLUMN state TO stale")
    second = full.open()
    with pytest.raises(StoreError):
        await second.find(job.id)
    await full.some_tries(second)
    change(full.path, "ALTER TABLE job RENAME COLUMN stale TO state")

    assert (await ended(second, job.id)).state is JobState.DONE
    assert capsys.readouterr().err.splitlines() == [
        "tilde api: the file of jobs does not answer, and is tried again until it does: jobs.db: no such column: state",
        "tilde api: the file of jobs answers again",
    ]
