"""A worker on Kafka: its parts, and the tasks that run them. Each of them ends the process when it fails."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from streams.contract import Processor
from streams.drivers.kafka.driver import KafkaDriver
from streams.drivers.kafka.faust_driver import FaustDriver, FaustTables, faust_app
from streams.drivers.kafka.fenced_changelogs import AllPositions, FencedChangelogs
from streams.drivers.kafka.flushes import KafkaFlushes
from streams.drivers.kafka.group import leaves_partitions
from streams.drivers.kafka.holding import ProcessorPartition
from streams.drivers.kafka.names import app_id, changelogs
from streams.drivers.kafka.pulse import Pulse
from tilde.data_folder import heartbeat_path
from tilde.errors import TildeError
from tilde.eventlog import LogError, LogReader, LogWriter
from tilde.eventlog.kafka import KafkaLog, KafkaWriter
from tilde.eventlog.kafka_topics import require_topics
from tilde.runtime.clock import Clock
from tilde.runtime.heartbeat import BEAT_S, write_heartbeat

LAST_FLUSH_S_MAX = 2.0
IDLE_S_MAX = 15.0  # to recover the Tables after an assignment; they hold a position a partition

log = logging.getLogger("tilde.streams")

Decide = Callable[[LogReader, LogWriter], Awaitable[None]]
"""Decides commands until cancelled: where this worker is elected."""


def end_process(error: BaseException) -> None:
    """The end of a process that cannot go on: at once, so that nothing is committed or written any more."""
    is_a_bug = not isinstance(error, (TildeError, LogError))
    log.critical("tilde streams: this process ends: %s", error, exc_info=error if is_a_bug else None)
    logging.shutdown()
    os._exit(1)


class Worker:
    """Runs the processors of one generation on Kafka, and the decider where this worker is elected to."""

    def __init__(
        self,
        bootstrap: str,
        generation: int,
        data_dir: Path,
        *,
        folding: Sequence[Processor],
        decide: Decide,
        clock: Clock,
        poison_run_max: int,
    ) -> None:
        self._clock = clock
        self._generation = generation
        self._bootstrap = bootstrap
        self._heartbeat = heartbeat_path(data_dir, "streams")
        self._tasks: set[asyncio.Task[None]] = set()
        self._deciding: asyncio.Task[None] | None = None
        self._pulse = Pulse(clock)
        self._folding = folding
        self._decide = decide
        self._changelogs = FencedChangelogs(bootstrap, folding, generation)
        self._flushes = KafkaFlushes(bootstrap, generation, self._changelogs)
        self._app = faust_app(bootstrap, generation, data_dir)
        self._driver = KafkaDriver(
            folding,
            AllPositions(FaustTables(self._app, folding, generation), self._changelogs),
            self._flushes,
            partial(KafkaLog, bootstrap, generation),
            self._pulse,
            clock,
            poison_run_max,
        )
        self._faust = FaustDriver(self._app, self._driver, folding, self._take_over, self._elect, end_process)

    async def _take_over(self, held: Sequence[ProcessorPartition]) -> None:
        """Not by a process that stood still: it would shut out who holds them now."""
        self._pulse.check()
        await self._changelogs.take_over(held)

    def start(self) -> None:
        """Begins; whatever fails from here on ends the process."""
        self._run(self._pulse.run())
        self._run(self._driver.run_flusher())
        self._run(self._driver.watchdog.run())
        self._run(self._driver.catching_up.run())
        self._run(self._report())
        self._run(self._watch_group())
        self._run(self._run_faust())

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            end_process(error)

    async def _run_faust(self) -> None:
        await require_topics(self._bootstrap, self._generation, changelogs(self._generation, self._folding))
        await self._app.start()
        await self._app.wait_until_stopped()
        if self._app.crash_reason is not None:
            raise self._app.crash_reason

    def _elect(self, *, holds_commands: bool) -> None:
        if self._deciding is not None:
            self._deciding.cancel()
            self._deciding = None
        if holds_commands:
            self._deciding = self._run(self._run_decider())

    async def _run_decider(self) -> None:
        log_, writer = KafkaLog(self._bootstrap, self._generation), KafkaWriter(self._bootstrap, self._generation)
        try:
            await self._decide(log_, writer)
        finally:
            await log_.close()
            await writer.close()

    async def _report(self) -> None:
        idle_since_s: float | None = None
        while True:
            write_heartbeat(self._heartbeat, self._clock.now_ms(), self.trouble())
            await asyncio.sleep(BEAT_S)
            now_s = self._clock.monotonic_s()
            idle_since_s = None if self._driver.next_offsets else (idle_since_s or now_s)
            if idle_since_s is not None and now_s - idle_since_s > IDLE_S_MAX:
                await self._end_if_forgotten()
                idle_since_s = None

    async def _end_if_forgotten(self) -> None:
        """A worker that holds nothing is one too many, which is right; but not where partitions are left to nobody."""
        if self._faust.is_idle_by_mistake or await self._group_leaves_partitions():
            raise TildeError("nobody holds the partitions; starting again makes Faust share them out")

    async def _watch_group(self) -> None:
        """Ends where partitions are left to nobody, whatever this worker holds: at two looks, since the workers may be
        about to share them out at one.
        """
        were_left = False
        while True:
            await asyncio.sleep(IDLE_S_MAX)
            are_left = await self._group_leaves_partitions()
            if are_left and were_left:
                raise TildeError("nobody holds some partitions; starting again makes Faust share them out")
            were_left = are_left

    async def _group_leaves_partitions(self) -> bool:
        return await leaves_partitions(self._bootstrap, app_id(self._generation))

    def trouble(self) -> str | None:
        """What keeps this worker from its work; None where nothing does."""
        return None if self._faust.is_ready else "it is getting its state together"

    async def stop(self) -> None:
        """Flushes what is folded, leaves the group, and ends the tasks."""
        with contextlib.suppress(LogError, TimeoutError):  # then the next worker folds it again
            await asyncio.wait_for(self._driver.flush(), LAST_FLUSH_S_MAX)
        await self._app.stop()
        for task in list(self._tasks):
            task.cancel()
        await self._flushes.close()
        await self._changelogs.close()
        self._heartbeat.unlink(missing_ok=True)
