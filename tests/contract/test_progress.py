"""What tilde/store/progress.py promises of a Progress: of a sink in this process, behind processors of this process or
of others; of one in another process, by what it has saved; and of the fake that tests of waiting use.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from run.roles.generations import Generations
from run.roles.read_models import EmbeddedReadModels, SunkReadModels
from sinks.loop import SAVE_S_MIN
from sinks.wiring import open_sink
from streams.contract import NO_CATALOG
from testkit.memory_log import MemoryLog
from testkit.rows import a_milestone, some_points
from testkit.sealed import FakeEdge
from testkit.told_progress import ToldProgress
from testkit.waiting import PATIENCE_S, until_it_holds, until_told
from tilde.data_folder import bell_path, edge_folder
from tilde.eventlog import Append
from tilde.eventlog.bell import Bell
from tilde.eventlog.segments import SegmentWriter
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import cancel
from tilde.schemas.dead_letters import POISON_RUN_MAX
from tilde.schemas.topics import SAMPLE_WRITES, STATS
from tilde.store import Store, StoreError
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate
from tilde.store.progress import Progress, StoredProgress

pytestmark = pytest.mark.store
PARTITION, POSTS = 3, 10


class GatedStore:
    """A store that takes rows only while `may_insert` is set, and `fails` where it is told to."""

    def __init__(self) -> None:
        self._inner: Store | None = None
        self.may_insert = asyncio.Event()
        self.may_insert.set()
        self.fails = False

    async def open(self, data: Path, stack: AsyncExitStack) -> None:
        self._inner = await open_store(f"chdb://{data / 'store'}")
        stack.push_async_callback(self._inner.close)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def insert_block(self, *what: Any) -> None:
        if self.fails:
            raise StoreError("the disk is full")
        await self.may_insert.wait()
        await self._inner.insert_block(*what)


@dataclass
class Place:
    """A Progress; what has a batch of POSTS posts come, and what counts those in the table. `is_here`: the sink is in
    this process. `rests`: so are the processors, and they rest so long that who wants to read has to ask.
    """

    progress: Progress
    come: Callable[[], Awaitable[object]]
    points: Callable[[], Awaitable[int]]
    is_here: bool = False
    rests: Callable[[], bool] | None = None


async def in_a_folder(data: Path, store: GatedStore, stack: AsyncExitStack) -> Place:
    await store.open(data, stack)
    bell, edge, writer = Bell(bell_path(data), serves=False), FakeEdge(), SegmentWriter(edge_folder(data))
    stack.callback(writer.close)
    models = EmbeddedReadModels(data, store, bell, SystemClock(), NO_CATALOG, POISON_RUN_MAX)
    live = await models.open(1)
    ours = Generations(data, store, live, lambda: 1, models.open)
    stack.push_async_callback(ours.close)

    def rests() -> bool:
        assert live._driver is not None
        return live._driver.is_paced

    async def come() -> None:
        writer.append([edge.seal(PARTITION, [edge.post("s") for _ in range(POSTS)])])
        bell.ring(STATS.name)

    return Place(ours, come, lambda: _points(store), is_here=True, rests=rests)


async def behind_workers(data: Path, store: GatedStore, stack: AsyncExitStack) -> Place:
    await store.open(data, stack)
    log = MemoryLog()
    models = SunkReadModels(store, lambda _: log, SystemClock())
    ours = Generations(data, store, await models.open(1), lambda: 1, models.open)
    stack.push_async_callback(ours.close)
    return Place(ours, lambda: _fold(log), lambda: _points(store), is_here=True)


async def elsewhere(data: Path, store: GatedStore, stack: AsyncExitStack) -> Place:
    await store.open(data, stack)
    log = MemoryLog()
    await migrate(store, 1)
    sink = await open_sink(log, store, 1, SystemClock(), SAVE_S_MIN)
    stack.push_async_callback(cancel, asyncio.create_task(sink.run()))
    return Place(StoredProgress(store, lambda: 1), lambda: _fold(log), lambda: _points(store))


async def told(data: Path, store: GatedStore, stack: AsyncExitStack) -> Place:
    progress = ToldProgress()

    async def come() -> None:
        progress.done[STATS.name][PARTITION] += 1

    async def points() -> int:
        return POSTS * progress.done[STATS.name][PARTITION]

    return Place(progress, come, points)


async def _fold(log: MemoryLog) -> None:
    """What a worker writes of one more batch."""
    before = await log.end_offset("points", PARTITION)
    rows = some_points(POSTS, product=1 + before)  # others than those before
    await log.append([Append("points", PARTITION, rows)])
    done = before // POSTS + 1
    await log.append([Append("progress", PARTITION, [a_milestone(PARTITION, done, points=before + POSTS)])])


async def _points(store: GatedStore) -> int:
    return int((await store.rows("SELECT count() FROM tilde_g1.points FINAL"))[0][0])


@pytest.fixture
def store() -> GatedStore:
    return GatedStore()


@pytest.fixture(params=[in_a_folder, behind_workers, elsewhere, told])
async def place(request: pytest.FixtureRequest, tmp_path: Path, store: GatedStore) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        yield await request.param(tmp_path, store, stack)


async def until_passed(place: Place, batches: int, *, asking: bool = False) -> None:
    """Returns once so many batches are in the tables."""

    async def passed() -> int:
        if asking:
            place.progress.flush()
        return (await place.progress.passed())[STATS.name][PARTITION]

    await until_told(passed, lambda told: told >= batches)


async def test_each_partition_of_each_source_is_at_its_beginning_before_anything_came(place: Place) -> None:
    passed = await place.progress.passed()

    of_raw = {name: [0] * 16 for name in ("stats", "sample_writes", "hits", "activity")}
    assert passed == {**of_raw, "catalog": [0]}
    assert place.progress.trouble() is None


async def test_what_is_passed_can_be_queried(place: Place) -> None:
    """Whenever somebody looks: never is said of a batch that it is there before it is."""
    looks = []

    async def look() -> None:
        passed = (await place.progress.passed())[STATS.name][PARTITION]
        looks.append((await place.points(), POSTS * passed))

    for batches in range(1, 6):
        await place.come()
        for _ in range(5):
            await look()
            await asyncio.sleep(0.01)
        await until_passed(place, batches, asking=True)
        await look()

    assert [(there, said) for there, said in looks if there < said] == []
    assert looks[-1] == (5 * POSTS, 5 * POSTS)
    assert (await place.progress.passed())[SAMPLE_WRITES.name] == [0] * 16


async def test_a_flush_is_asked_for_as_often_as_one_likes(place: Place) -> None:
    """It returns at once, and nothing is lost or made twice by it."""
    for batches in range(1, 4):
        await place.come()
        for _ in range(100):
            place.progress.flush()
        await until_passed(place, batches)

    assert await place.points() == 3 * POSTS


async def test_who_catches_up_finds_what_came_before_where_it_can_be_asked_for(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it cannot he is kept from nothing."""
    monkeypatch.setattr("run.roles.read_models.ROUND_S_MAX", PATIENCE_S)
    for batches in range(1, 4):
        if place.rests is not None:
            await until_it_holds(place.rests)
        await place.come()
        async with asyncio.timeout(PATIENCE_S):
            await place.progress.catch_up(PATIENCE_S)
        if place.rests is not None:
            assert await place.points() == batches * POSTS

    await until_passed(place, 3, asking=True)


async def test_who_catches_up_waits_no_longer_than_so_long(place: Place, store: GatedStore) -> None:
    """The store takes nothing."""
    store.may_insert.clear()
    await place.come()
    async with asyncio.timeout(PATIENCE_S):
        await place.progress.catch_up(0.05)
    store.may_insert.set()

    await until_passed(place, 1)


async def test_a_sink_that_does_not_get_on_says_why_and_then_no_more(place: Place, store: GatedStore) -> None:
    """One of another process says it there. Who catches up does not wait for it."""
    store.fails = True
    await place.come()
    async with asyncio.timeout(PATIENCE_S):
        await until_it_holds(lambda: not place.is_here or place.progress.trouble() is not None)
        trouble = place.progress.trouble()
        await place.progress.catch_up(PATIENCE_S)
    store.fails = False
    await until_passed(place, 1)

    assert ("the disk is full" in (trouble or "")) == place.is_here
    assert place.progress.trouble() is None


async def test_the_rows_are_those_that_this_process_has_written(place: Place) -> None:
    """A sink in another process counts its own."""
    for batches in range(1, 3):
        await place.come()
        await until_passed(place, batches, asking=True)

    rows = place.progress.rows()
    assert rows.get("points", 0) == (2 * POSTS if place.is_here else 0)
