"""Runs jobs: two at a time, of two accounts, each for a bounded time; one that a restart ends begins again. A kind of
which one runs at a time, as SQL is, has a queue and a place of its own: what waits there holds up no other job.

job = await jobs.begin(account, product, "funnel", asked)
await jobs.find(job.id)         its state
await jobs.answer(job.id)       what the one that answers its kind has returned

What became of a job stays in hand until the file has it: a file that cannot be written has nothing answered again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import NamedTuple
from uuid import uuid4

from api.jobs.job import Job, JobState, WaitingJob
from api.jobs.job_file import JobFile
from api.jobs.turns import AccountTurns
from tilde.eventlog import LogError
from tilde.keys.opener import KeysAwayError
from tilde.runtime.clock import Clock
from tilde.runtime.retrying import Retrying
from tilde.runtime.tasks import begun, cancel, in_thread
from tilde.runtime.telling import Outage
from tilde.store import QueryLimitError, StoreError

AT_ONCE = 2  # as many as the store has threads for, so none that has a place waits for the statement of another
JOBS_MAX = 1_000  # of an account, within a day
JOB_S = 120.0
RETRY_S, RETRY_S_MAX = 2.0, 10.0  # a client asks again every few seconds
_COMMON = ""

Answerer = Callable[[Job], Awaitable[bytes]]
"""Answers one. Raises ValueError, QueryLimitError or KeysAwayError where that cannot be, with the reason; StoreError,
LogError.
"""


class TooManyJobsError(Exception):
    """An account has as many as it may have in a day."""


class _End(NamedTuple):
    """What became of a job."""

    state: JobState
    error: str | None = None
    answer: bytes | None = None


class Jobs:
    """The jobs of one process. Nothing runs before the first call: then what a restart has left goes on, too.

    `retrying`: tries again whatever nobody waits for and the file cannot do now, and tells the operator once.
    """

    def __init__(self, file: JobFile, clock: Clock, sequence: Callable[[], int]) -> None:
        """`sequence` is the last entry of the catalog that this process knows."""
        self._file = file
        self._clock = clock
        self._sequence = sequence
        self._answering: dict[str, Answerer] = {}
        self._one_by_one: set[str] = set()
        self._turns: dict[str, AccountTurns] = {}
        self._running: dict[str, tuple[WaitingJob, asyncio.Task[None]]] = {}
        self._runner: asyncio.Task[None] | None = None
        self._new = asyncio.Event()
        self._changing = asyncio.Lock()
        self.retrying = Retrying(StoreError, RETRY_S, RETRY_S_MAX, Outage("api", "the file of jobs"))

    def answer_with(self, kind: str, answering: Answerer, *, one_by_one: bool = False) -> None:
        """Who answers jobs of a kind, and whether one of them runs at a time, beside all others; said before the first
        call.
        """
        self._answering[kind] = answering
        if one_by_one:
            self._one_by_one.add(kind)

    async def begin(self, account: int, product: int, kind: str, asked: str) -> Job:
        """A job that will run, also after a restart. Raises TooManyJobsError, StoreError."""
        async with self._changing:  # an erasure that is read of from now on finds the job
            job = Job(str(uuid4()), account, product, kind, asked, self._clock.now_ms(), since=self._sequence())
            await in_thread(self._add, job)
        self._go_on()
        return job

    def _add(self, job: Job) -> None:
        self._file.forget(job.began_ms)
        if self._file.count(job.account) >= JOBS_MAX:
            raise TooManyJobsError(f"an account has at most {JOBS_MAX} queries in a day")
        self._file.add(job)

    async def find(self, id_: str) -> Job | None:
        """One that began within a day. Raises StoreError."""
        self._go_on()
        job = await in_thread(self._file.find, id_)
        return None if job is None or job.ends_ms <= self._clock.now_ms() else job

    def runs(self, id_: str) -> bool:
        """Whether it is being answered now."""
        return id_ in self._running

    async def answer(self, id_: str) -> bytes:
        """That of a job that is done. Raises StoreError."""
        return await in_thread(self._file.answer, id_)

    async def cancel(self, id_: str) -> None:
        """Ends one, which also ends what runs of it. Raises StoreError."""
        await in_thread(self._file.cancel, id_)
        await cancel(*self._tasks_of([id_]))

    async def take_away(self, goes: Callable[[Job], bool]) -> None:
        """Whatever `goes` says of goes, with what runs of it, and with every byte; also what went before, and was left
        as bytes. Raises StoreError.
        """
        async with self._changing:
            gone = await in_thread(self._taken_away, goes)
        await cancel(*self._tasks_of(gone))
        await in_thread(self._file.sweep)

    def _taken_away(self, goes: Callable[[Job], bool]) -> list[str]:
        gone = [job.id for job in self._file.all() if goes(job)]
        if gone:
            self._file.take_away(gone)
        return gone

    async def close(self) -> None:
        """Stops. What runs begins again with the next process."""
        if self._runner is not None:
            await cancel(self._runner, *self._tasks_of(self._running))
        self._file.close()

    def _tasks_of(self, ids: Iterable[str]) -> list["asyncio.Task[None]"]:
        return [self._running[id_][1] for id_ in ids if id_ in self._running]

    def _go_on(self) -> None:
        self._new.set()
        if self._runner is None or self._runner.done():
            self._runner = begun(self._run(), "jobs cannot be begun")

    async def _run(self) -> None:
        while True:
            self._new.clear()
            queues: dict[str, list[WaitingJob]] = {}
            for job in await self.retrying.run(self._waiting):
                queues.setdefault(self._queue_of(job), []).append(job)
            for queue, jobs in queues.items():
                self._fill(queue, jobs)
            await self._new.wait()

    async def _waiting(self) -> list[WaitingJob]:
        return await in_thread(self._file.waiting, self._clock.now_ms())

    def _queue_of(self, job: WaitingJob) -> str:
        """Whose places it takes: its kind's own, or the common ones."""
        return job.kind if job.kind in self._one_by_one else _COMMON

    def _fill(self, queue: str, waiting: Iterable[WaitingJob]) -> None:
        """Begins as many as there are places for."""
        turns, places = self._turns.setdefault(queue, AccountTurns()), AT_ONCE if queue == _COMMON else 1
        running = [job for job, _ in self._running.values() if self._queue_of(job) == queue]
        waiting = [job for job in waiting if job.id not in self._running]
        while len(running) < places and (job := turns.next(waiting, running)) is not None:
            waiting.remove(job)
            running.append(job)
            task = begun(self._answer(job.id), f"job {job.id} cannot be answered")
            self._running[job.id] = job, task
            task.add_done_callback(partial(self._ended, job.id))

    def _ended(self, id_: str, task: "asyncio.Task[None]") -> None:
        del self._running[id_]
        self._new.set()

    async def _answer(self, id_: str) -> None:
        """Answers one, then writes what became of it until that is durable."""
        try:
            end = await self._end_of(id_)
        except (StoreError, LogError):
            await asyncio.sleep(RETRY_S)  # it has its place until then; the next round begins it again, in its turn
        except Exception:  # a bug, or a kind that a later release knows: it would be begun again for ever
            await self._finish(id_, _End(JobState.FAILED, "it cannot be answered here"))
            raise
        else:
            if end is not None:
                await self._finish(id_, end)

    async def _end_of(self, id_: str) -> _End | None:
        """None of one that was taken away, or cancelled, after the look at what waits. Raises what the one that answers
        its kind raises, where that is no reason for having no answer.
        """
        try:
            async with asyncio.timeout(JOB_S):
                job = await in_thread(self._file.find, id_)
                if job is None or job.state is not JobState.WAITING:
                    return None
                return _End(JobState.DONE, answer=await self._answering[job.kind](job))
        except TimeoutError:
            return _End(JobState.FAILED, f"it took longer than {JOB_S:g} seconds")
        except (ValueError, QueryLimitError, KeysAwayError) as cause:
            return _End(JobState.FAILED, str(cause))

    async def _finish(self, id_: str, end: _End) -> None:
        """Durable on return; nothing of one that was cancelled or taken away meanwhile, whose row says so."""
        await self.retrying.run(partial(in_thread, self._file.finish, id_, *end))
