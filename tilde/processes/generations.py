"""The read models of one store: the live generation, and one that is built again beside it.

A generation is a database with the loops that fill it, and on the embedded log a file of outputs and positions. Nothing
of it is shared, so building a new one disturbs nobody; one `catalog` entry moves the reads, and then the old one goes.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from sinks.loop import Sink
from sinks.wiring import open_sink
from streams.embedded_driver import EmbeddedDriver
from streams.topology import processors
from tilde.clock import Clock
from tilde.data_folder import outputs_path
from tilde.errors import TildeError
from tilde.eventlog import LogError, LogReader
from tilde.eventlog.bell import Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import SqliteLog
from tilde.schemas.topics import CATALOG, OUTPUTS, STATS
from tilde.store import Store
from tilde.store.migrate import drop_generation, has_tables, migrate, point_views
from tilde.store.progress import StoredProgress
from tilde.tasks import cancel

LOOK_S = 0.5  # how soon a moved read pointer is noticed; queries follow the catalog at once
_BEGUN_BY = "begun_by"


class ReadModel:
    """One generation, being filled by its loops until `close`."""

    def __init__(
        self,
        generation: int,
        sink: Sink,
        loops: list[Coroutine[Any, Any, None]],
        close: Callable[[], Awaitable[None]],
    ) -> None:
        self.generation = generation
        self.sink = sink
        self.tasks = [asyncio.create_task(loop) for loop in loops]
        self._close = close

    async def close(self) -> None:
        """Stops filling it; what was not saved comes again at the next start."""
        for task in self.tasks:
            await cancel(task)
        await self._close()


class OpenReadModel(Protocol):
    """How a generation is opened."""

    async def __call__(self, generation: int, *, builds: bool = False) -> ReadModel:
        """Goes on filling it where it was left. One that is being built is begun anew where it cannot be gone on with:
        another release began it, so one half of its rows would be of those rules and the other half of these.

        Raises ReplayNeededError, LogError, StoreError.
        """
        ...


def embedded_read_models(store: Store, bell: Bell, clock: Clock) -> OpenReadModel:
    """How a generation of a data folder is opened: processors and sink, over a file of its own."""

    async def open_read_model(generation: int, *, builds: bool = False) -> ReadModel:
        data = Path()
        if builds and not await _is_ours(store, generation):
            await _discard(store, generation)
        await migrate(store, generation)
        outputs = LogFile(outputs_path(data, generation), writes=True)
        if builds:  # before anything else is in it
            with outputs.transaction():
                outputs.set_meta(**{_BEGUN_BY: _release()})
        names = [topic.name for topic in OUTPUTS]
        sunk = SqliteLog(data, generation, bell, names)
        sink = await open_sink(sunk, store, generation, clock)
        source = SqliteLog(data, generation, bell, [STATS.name, CATALOG.name])
        driver = EmbeddedDriver(source, outputs, processors(), partial(bell.ring, *names), sink.next_offsets)

        async def close() -> None:
            await source.close()
            await sunk.close()
            outputs.close()

        return ReadModel(generation, sink, [driver.run(), sink.run()], close)

    return open_read_model


def _release() -> str:
    """What decides which rows a generation gets: a release, and its processors."""
    return f"{version('tilde-stats')}: {', '.join(processor.name for processor in processors())}"


async def _is_ours(store: Store, generation: int) -> bool:
    """Whether a half-built generation is whole, file and tables, and this release began it. Raises StoreError."""
    path = outputs_path(Path(), generation)
    if not path.exists() or not await has_tables(store, generation):
        return False
    with contextlib.suppress(LogError):  # a file that cannot be read is not gone on with either; nobody reads it yet
        outputs = LogFile(path, writes=False)
        try:
            return outputs.meta(_BEGUN_BY) == _release()
        finally:
            outputs.close()
    return False


def sunk_read_models(store: Store, open_log: Callable[[int], LogReader], clock: Clock) -> OpenReadModel:
    """How a generation on Kafka is opened: its sink; the processors are workers elsewhere, and its topics theirs."""

    async def open_read_model(generation: int, *, builds: bool = False) -> ReadModel:
        await migrate(store, generation)
        log = open_log(generation)
        sink = await open_sink(log, store, generation, clock)
        return ReadModel(generation, sink, [sink.run()], log.close)

    return open_read_model


class Generations:
    """The live read model and the one being built. Its own `Progress`: that of the live one.

    `active` says which generation the catalog has readers read; `open_read_model` opens one.
    """

    def __init__(
        self, store: Store, live: ReadModel, active: Callable[[], int], open_read_model: OpenReadModel
    ) -> None:
        self._store = store
        self._live = live
        self._active = active
        self._open = open_read_model
        self._next: ReadModel | None = None
        self._building = asyncio.Lock()  # two calls at once would open it twice: two drivers would write one file

    async def build(self) -> int:
        """Begins to build the next generation, or goes on with the one that this release began; returns its number."""
        async with self._building:
            if self._next is None:
                self._next = await self._open(self._live.generation + 1, builds=True)
            return self._next.generation

    def live(self) -> int:
        """The generation that is filled and read."""
        return self._live.generation

    async def passed_by_next(self) -> dict[str, list[int]] | None:
        """How far the generation being built is; None where none is."""
        return None if self._next is None else await self._next.sink.passed()

    async def watch(self) -> None:
        """Follows the read pointer. Ends with the failure of any loop of either generation."""
        while True:
            tasks = [*self._live.tasks, *(self._next.tasks if self._next is not None else [])]
            done, _ = await asyncio.wait(tasks, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            if self._active() != self._live.generation:
                await self._take_over(self._active())

    async def _take_over(self, generation: int) -> None:
        if self._next is None or self._next.generation != generation:
            raise TildeError(f"generation {generation} is the one to be read now; starting again with it")
        old, self._live, self._next = self._live, self._next, None
        await point_views(self._store, generation)
        await old.close()
        await discard_before(self._store, generation)

    async def close(self) -> None:
        """Stops both."""
        await self._live.close()
        if self._next is not None:
            await self._next.close()

    # Progress, as the query API asks it

    async def passed(self) -> dict[str, list[int]]:
        return await self._live.sink.passed()

    def trouble(self) -> str | None:
        return self._live.sink.trouble()

    def rows(self) -> Mapping[str, int]:
        return self._live.sink.rows()


class SunkElsewhere:
    """The generations of a ClickHouse server, which sinks in other processes fill: this one makes tables, and looks."""

    def __init__(self, store: Store, active: Callable[[], int]) -> None:
        self._store = store
        self._active = active

    async def build(self) -> int:
        """Makes the tables of the next generation; returns its number."""
        generation = self._active() + 1
        await migrate(self._store, generation)
        return generation

    def live(self) -> int:
        """The generation that is read."""
        return self._active()

    async def passed_by_next(self) -> dict[str, list[int]] | None:
        """How far the tables of the next generation are; None where nobody builds it."""
        generation = self._active() + 1
        if not await has_tables(self._store, generation):
            return None
        return await StoredProgress(self._store, lambda: generation).passed()


async def discard_before(store: Store, generation: int) -> None:
    """Deletes the generations that nobody reads any more: their databases, and their files in this folder."""
    for old in range(1, generation):
        await _discard(store, old)


async def _discard(store: Store, generation: int) -> None:
    """The file last: it says who began the generation, so after a kill in between this is done again. And its WAL
    before it: one that was left over would be played into the next file of that name.
    """
    await drop_generation(store, generation)
    path = outputs_path(Path(), generation)
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
