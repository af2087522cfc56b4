"""The read models of an embedded Tilde: the live generation, and one that is built again beside it.

A generation is one file of outputs and positions, one database, and the two loops that fill them. Nothing of it is shared,
so building a new one disturbs nobody; one `catalog` entry moves the reads, and then the old one goes.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from sinks.loop import Sink
from sinks.wiring import open_sink
from streams.embedded_driver import EmbeddedDriver
from streams.topology import processors
from tilde.clock import Clock
from tilde.eventlog.bell import Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import SqliteLog, outputs_path
from tilde.store import Store
from tilde.store.migrate import drop_generation, migrate, point_views
from tilde.tasks import cancel


class ReadModel:
    """One generation, running. Made by `open_read_model`."""

    def __init__(self, generation: int, driver: EmbeddedDriver, sink: Sink, outputs: LogFile) -> None:
        self.generation = generation
        self.sink = sink
        self._outputs = outputs
        self.tasks = [asyncio.create_task(driver.run()), asyncio.create_task(sink.run())]

    async def close(self) -> None:
        """Stops filling it; what was not saved comes again at the next start."""
        for task in self.tasks:
            await cancel(task)
        self._outputs.close()


async def open_read_model(generation: int, store: Store, bell: Bell, clock: Clock) -> ReadModel:
    """Opens a generation of the data folder, made where it is not, and begins to fill it."""
    data = Path()
    await migrate(store, generation)
    outputs = LogFile(outputs_path(data, generation), writes=True)
    sink = await open_sink(SqliteLog(data, generation, bell), store, generation, clock)
    driver = EmbeddedDriver(SqliteLog(data, generation, bell), outputs, processors(), bell.ring)
    return ReadModel(generation, driver, sink, outputs)


class Generations:
    """The live read model and the one being built. Its own `Progress`: that of the live one."""

    def __init__(self, store: Store, bell: Bell, clock: Clock, live: ReadModel) -> None:
        self._store = store
        self._bell = bell
        self._clock = clock
        self.live = live
        self._next: ReadModel | None = None

    async def build(self) -> int:
        """Begins to build the next generation, or goes on with the one begun; returns its number."""
        if self._next is None:
            self._next = await open_read_model(self.live.generation + 1, self._store, self._bell, self._clock)
        return self._next.generation

    async def passed_by_next(self) -> dict[str, list[int]] | None:
        """How far the generation being built is; None where none is."""
        return None if self._next is None else await self._next.sink.passed()

    async def activate(self, generation: int) -> None:
        """Takes the next generation as the live one, once the catalog says so, and drops the old one."""
        if self._next is None or self._next.generation != generation:
            return
        old, self.live, self._next = self.live, self._next, None
        await point_views(self._store, generation)
        await old.close()
        await drop_generation(self._store, old.generation)
        for path in Path().glob(outputs_path(Path(), old.generation).name + "*"):
            path.unlink()

    async def watch(self) -> None:
        """Ends with the failure of any loop of either generation."""
        while True:
            tasks = [*self.live.tasks, *(self._next.tasks if self._next is not None else [])]
            done, _ = await asyncio.wait(tasks, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not task.cancelled():
                    task.result()

    async def close(self) -> None:
        """Stops both."""
        await self.live.close()
        if self._next is not None:
            await self._next.close()

    # Progress, as the query API asks it

    async def passed(self) -> dict[str, list[int]]:
        return await self.live.sink.passed()

    def trouble(self) -> str | None:
        return self.live.sink.trouble()

    def rows(self) -> Mapping[str, int]:
        return self.live.sink.rows()
