"""The generations of one store: the live one, and the one that is built again beside it.

One `catalog` entry moves the reads, and then the old one goes.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from run.roles.read_models import OpenReadModel, ReadModel, discard
from tilde.errors import TildeError
from tilde.store import Store
from tilde.store.migrate import drop_generation, has_tables, migrate, point_views
from tilde.store.progress import StoredProgress

LOOK_S = 1.0  # how soon a moved read pointer is noticed; queries follow the catalog at once


class Generations:
    """The live read model and the one being built. As a `Progress` it says how far the live one is.

    `active` gives the generation that the catalog says is read; `open_read_model` opens a generation.
    """

    def __init__(
        self, data: Path, store: Store, live: ReadModel, active: Callable[[], int], open_read_model: OpenReadModel
    ) -> None:
        self._data = data
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
        await discard_before(self._data, self._store, generation)

    async def close(self) -> None:
        """Stops the generation that is read, and the one that is built."""
        await self._live.close()
        if self._next is not None:
            await self._next.close()

    # Progress, as the query API asks it

    async def passed(self) -> dict[str, list[int]]:
        return await self._live.sink.passed()

    def flush(self) -> None:
        self._live.flush()
        if self._next is not None:  # or it would never be seen as far as the live one while posts come
            self._next.flush()

    async def catch_up(self, within_s: float) -> None:
        await self._live.catch_up(within_s)

    def trouble(self) -> str | None:
        return self._live.sink.trouble()

    def rows(self) -> Mapping[str, int]:
        return self._live.sink.rows()


class SunkElsewhere:
    """The generations of a ClickHouse server. Sinks in other processes fill them; this one makes their tables, and
    looks how far they are.
    """

    def __init__(self, store: Store, active: Callable[[], int]) -> None:
        self._store = store
        self._active = active

    async def build(self) -> int:
        """Makes the tables of the next generation, anew; returns its number. Nobody may fill them yet."""
        generation = self._active() + 1
        await drop_generation(self._store, generation)
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


async def discard_before(data: Path, store: Store, generation: int) -> None:
    """Deletes the generations that nobody reads any more: their databases, and their files in this folder."""
    for old in range(1, generation):
        await discard(data, store, old)
