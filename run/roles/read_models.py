"""Opens, fills and removes a generation of the read models.

A generation is a database with the loops that fill it, and on the embedded log a file of outputs and positions. Nothing
of it is shared, so building a new one disturbs nobody.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from run.roles.asked_rounds import AskedRounds
from sinks.loop import Sink
from sinks.wiring import open_sink
from streams.contract import AsOf
from streams.drivers.embedded_driver import EmbeddedDriver
from streams.topology import processors
from streams.wiring import open_embedded
from tilde.data_folder import outputs_path
from tilde.eventlog import CorruptError, LogError, LogReader
from tilde.eventlog.bell import Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import SqliteLog
from tilde.eventlog.watched import WatchedLog
from tilde.runtime.clock import Clock
from tilde.runtime.tasks import cancel
from tilde.runtime.telling import Outage
from tilde.schemas.topics import DERIVED
from tilde.store import Store, StoreError
from tilde.store.migrate import drop_generation, has_tables, migrate

_BEGUN_BY = "begun_by"
ROUND_S_MAX = 2.0  # of one that was asked for: behind it others wait for the next


class ReadModel:
    """One generation, being filled by its loops until `close`. `driver` runs its processors, where they run here."""

    def __init__(
        self,
        generation: int,
        sink: Sink,
        loops: list[Coroutine[Any, Any, None]],
        close: Callable[[], Awaitable[None]],
        clock: Clock,
        driver: EmbeddedDriver | None = None,
    ) -> None:
        self.generation = generation
        self.sink = sink
        self._driver = driver
        self._asked = AskedRounds(self._is_behind, self._round, clock)
        self.tasks = [asyncio.create_task(loop) for loop in loops]
        self._close = close

    def flush(self) -> None:
        """Asks processors and sink to go on at once."""
        self._asked.ask()

    async def catch_up(self, within_s: float) -> None:
        """As Progress.catch_up."""
        if self._driver is None or not self._driver.is_paced or self.sink.trouble() is not None:
            return
        if self._is_behind():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._asked.one()

    def _is_behind(self) -> bool:
        """Whether the tables lack something that stands in the log, as far as anybody can tell."""
        if self._driver is None:
            return True
        try:
            return self._driver.taken < self._driver.appended() or not self.sink.holds(self._driver.ends)
        except (LogError, CorruptError):  # the driver's loop tells, and ends where it must
            return False

    async def _round(self) -> None:
        """What stands in the log now goes through processors and sink."""
        if self._driver is None:
            self.sink.flush()
            return
        with contextlib.suppress(LogError, CorruptError, TimeoutError):
            async with asyncio.timeout(ROUND_S_MAX):
                await self._driver.until_it_has_taken(self._driver.appended())
                await self.sink.until_it_holds(self._driver.ends)

    async def close(self) -> None:
        """Stops filling it, and saves where it is; what cannot be saved comes again at the next start."""
        await cancel(*self.tasks)
        with contextlib.suppress(StoreError):
            await self.sink.save()
        await self._close()


class OpenReadModel(Protocol):
    """Opens a generation."""

    async def __call__(self, generation: int, *, builds: bool = False) -> ReadModel:
        """Fills the generation from where it was left; a new one from the beginning of the log.

        `builds` says that a replay builds it, and nobody reads it yet. Such a generation is deleted and begun anew
        where it was left in a state that nobody can go on from. An example: generation 2 was half built when Tilde was
        updated. Half of its rows would follow the rules of the old release, and half those of the new one.

        Raises ReplayNeededError, LogError, StoreError.
        """
        ...


class EmbeddedReadModels:
    """The generations of a data folder. Each has processors, which look things up in `as_of`, and a sink, over a file
    of its own.
    """

    def __init__(self, data: Path, store: Store, bell: Bell, clock: Clock, as_of: AsOf, poison_run_max: int) -> None:
        self._data = data
        self._store = store
        self._bell = bell
        self._clock = clock
        self._as_of = as_of
        self._poison_run_max = poison_run_max

    async def open(self, generation: int, *, builds: bool = False) -> ReadModel:
        """As OpenReadModel says."""
        if builds and not await _is_ours(self._data, self._store, generation):
            await discard(self._data, self._store, generation)
        await migrate(self._store, generation)
        async with AsyncExitStack() as opening:  # what is open already is closed where the rest cannot be opened
            return await self._open(generation, opening, builds=builds)

    async def _open(self, generation: int, opening: AsyncExitStack, *, builds: bool) -> ReadModel:
        outputs = LogFile(outputs_path(self._data, generation), writes=True)
        opening.callback(outputs.close)
        if builds:  # before anything else is in it
            with outputs.transaction():
                outputs.set_meta(**{_BEGUN_BY: _release()})
        names = [topic.name for topic in DERIVED]
        sunk = WatchedLog(SqliteLog(self._data, generation, self._bell, names), Outage("sinks", "the log"))
        opening.push_async_callback(sunk.close)
        sink = await open_sink(sunk, self._store, generation, self._clock)
        driver = open_embedded(
            self._data,
            generation,
            outputs,
            opening,
            as_of=self._as_of,
            bell=self._bell,
            clock=self._clock,
            sunk=sink.saved_offsets,
            poison_run_max=self._poison_run_max,
        )
        return ReadModel(generation, sink, [driver.run(), sink.run()], opening.pop_all().aclose, self._clock, driver)


def _release() -> str:
    """What decides which rows a generation gets: a release, and its processors."""
    return f"{version('tilde-stats')}: {', '.join(processor.name for processor in processors())}"


async def _is_ours(data: Path, store: Store, generation: int) -> bool:
    """Whether a half-built generation is whole, file and tables, and this release began it. Raises StoreError."""
    path = outputs_path(data, generation)
    if not path.exists() or not await has_tables(store, generation):
        return False
    with contextlib.suppress(LogError, CorruptError):  # what cannot be read is begun anew; nobody reads it yet
        outputs = LogFile(path, writes=False)
        try:
            return outputs.meta(_BEGUN_BY) == _release()
        finally:
            outputs.close()
    return False


class SunkReadModels:
    """The generations on Kafka: each has a sink here; workers elsewhere process, and write its topics."""

    def __init__(self, store: Store, open_log: Callable[[int], LogReader], clock: Clock) -> None:
        self._store = store
        self._open_log = open_log
        self._clock = clock

    async def open(self, generation: int, *, builds: bool = False) -> ReadModel:
        """As OpenReadModel says."""
        if builds:
            await drop_generation(self._store, generation)
        await migrate(self._store, generation)
        log = self._open_log(generation)
        sink = await open_sink(log, self._store, generation, self._clock)
        return ReadModel(generation, sink, [sink.run()], log.close, self._clock)


async def discard(data: Path, store: Store, generation: int) -> None:
    """Deletes a generation that nobody reads.

    The file last: it says who began the generation, so after a kill in between this is done again. And its WAL before
    it: one that was left over would be played into the next file of that name.
    """
    await drop_generation(store, generation)
    path = outputs_path(data, generation)
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
