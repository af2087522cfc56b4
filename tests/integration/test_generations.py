"""A generation that is built beside the live one: gone on with after a restart, or begun anew where that would be wrong."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from api.reads.settling import Settling
from run.roles import read_models
from run.roles.generations import Generations
from run.roles.read_models import EmbeddedReadModels
from sinks.block import join
from streams.contract import NO_CATALOG
from testkit.fixed_clock import FixedClock
from testkit.rows import a_point
from testkit.sealed import FakeEdge
from testkit.waiting import PATIENCE_S, until_told
from tilde.data_folder import bell_path, edge_folder, outputs_path
from tilde.eventlog import Append
from tilde.eventlog.bell import Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.segments import SegmentWriter
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.clock import Clock, SystemClock
from tilde.schemas.dead_letters import POISON_RUN_MAX
from tilde.schemas.registry import latest
from tilde.store import Store
from tilde.store.clickhouse import open_store
from tilde.store.migrate import drop_generation

pytestmark = pytest.mark.store
BATCHES, POSTS = 3, 300
LEFT_BEHIND = 1  # the row that stands for what was built before


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Of a data folder in which an edge has left its posts."""
    edge, writer = FakeEdge(), SegmentWriter(edge_folder(tmp_path))
    for partition in range(BATCHES):
        writer.append([edge.seal(partition, [edge.post(f"stat {n}") for n in range(POSTS // BATCHES)])])
    writer.close()
    store = await open_store(f"chdb://{tmp_path / 'store'}")
    yield store
    await store.close()


@asynccontextmanager
async def running(data: Path, store: Store, clock: Clock | None = None) -> AsyncIterator[Generations]:
    """The generations of a pipeline, as it opens them at its start; generation 1 is read."""
    read_models = EmbeddedReadModels(
        data, store, Bell(bell_path(data), serves=False), clock or SystemClock(), NO_CATALOG, POISON_RUN_MAX
    )
    ours = Generations(data, store, await read_models.open(1), lambda: 1, read_models.open)
    yield ours
    await ours.close()


async def rows(store: Store, generation: int) -> int:
    return (await store.rows(f"SELECT count() FROM tilde_g{generation}.points FINAL"))[0][0]


async def flushed_rows(ours: Generations, store: Store, generation: int) -> int:
    """So many that nobody waits for a pace."""
    ours.flush()
    return await rows(store, generation)


async def until_counted(passed: Callable[[], Awaitable[Mapping[str, list[int]] | None]]) -> None:
    """Returns when all three batches are in the tables of whose progress this is."""
    await until_told(passed, lambda told: sum((told or {}).get("stats", [])) >= BATCHES)


async def build_until(data: Path, store: Store, expected: int) -> None:
    """Begins to build generation 2, or goes on with it, in a process that then ends; it comes to so many rows."""
    async with running(data, store) as ours:
        assert await ours.build() == 2
        await until_counted(ours.passed_by_next)

    assert await rows(store, 2) == expected


async def half_built(tmp_path: Path, store: Store) -> None:
    """Leaves generation 2 as a process of this release has it when it ends, and a row in it that tells it from another."""
    await build_until(tmp_path, store, POSTS)
    await store.insert_block("tilde_g2.points", join(latest("point"), [a_point(product=999)]))


async def test_a_half_built_generation_is_gone_on_with(tmp_path: Path, store: Store) -> None:
    """After a restart of the same release: a replay may take hours."""
    await half_built(tmp_path, store)

    await build_until(tmp_path, store, POSTS + LEFT_BEHIND)


async def test_what_another_release_began_is_begun_anew(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its processors made other rows, and its positions say that they need not be made again."""
    await half_built(tmp_path, store)

    monkeypatch.setattr(read_models, "_release", lambda: "the next one")
    await build_until(tmp_path, store, POSTS)
    await store.insert_block("tilde_g2.points", join(latest("point"), [a_point(product=999)]))
    await build_until(tmp_path, store, POSTS + LEFT_BEHIND)


def nobody_knows_who_began_it(data: Path) -> None:
    """As releases before this one left it."""
    file = LogFile(outputs_path(data, 2), writes=True)
    file.db.execute("DELETE FROM meta")
    file.close()


def its_file_is_broken(data: Path) -> None:
    outputs_path(data, 2).write_bytes(b"no database " * 1000)


def its_file_is_gone(data: Path) -> None:
    outputs_path(data, 2).unlink()


@pytest.mark.parametrize("happens", [nobody_knows_who_began_it, its_file_is_broken, its_file_is_gone])
async def test_what_cannot_be_gone_on_with_is_begun_anew(
    tmp_path: Path, store: Store, happens: Callable[[Path], None]
) -> None:
    """Else the replay would fail at every try, or end with rows of which nobody knows where they are from."""
    await half_built(tmp_path, store)

    happens(tmp_path)

    await build_until(tmp_path, store, POSTS)


async def test_without_its_tables_it_is_begun_anew_too(tmp_path: Path, store: Store) -> None:
    """Its file has not everything any more: what is in the tables is dropped from it after a while."""
    await half_built(tmp_path, store)
    file = LogFile(outputs_path(tmp_path, 2), writes=True)
    for partition in range(BATCHES):
        file.drop_before("points", partition, file.end_offset("points", partition), 1000)
    file.close()

    await drop_generation(store, 2)

    await build_until(tmp_path, store, POSTS)


async def test_a_wal_that_was_left_over_is_not_played_into_the_next_file(tmp_path: Path, store: Store) -> None:
    """A process that is killed leaves it beside its file; the file that is begun anew has the same name."""
    await half_built(tmp_path, store)
    path = outputs_path(tmp_path, 2)
    file = LogFile(path, writes=True)
    file.append([Append("points", 0, [a_point(product=999)])])
    for left in tmp_path.glob(f"{path.name}*"):
        shutil.copy(left, tmp_path / f"kept {left.name}")
    file.close()
    for kept in tmp_path.glob("kept *"):
        kept.rename(tmp_path / kept.name.removeprefix("kept "))

    assert path.with_name(f"{path.name}-wal").stat().st_size > 0
    await drop_generation(store, 2)
    await build_until(tmp_path, store, POSTS)


async def test_the_live_generation_is_kept_whoever_began_it(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade goes on with it; where rows change, the release notes ask for a replay."""
    async with running(tmp_path, store) as ours:
        await until_counted(ours.passed)
    await store.insert_block("tilde_g1.points", join(latest("point"), [a_point(product=999)]))

    monkeypatch.setattr(read_models, "_release", lambda: "the next one")
    async with running(tmp_path, store) as ours:
        await until_counted(ours.passed)

    assert await rows(store, 1) == POSTS + LEFT_BEHIND


async def test_two_who_ask_at_once_have_one_built(tmp_path: Path, store: Store) -> None:
    """Two drivers on one file would append every row twice, and their positions in turn."""
    opened: list[int] = []
    async with running(tmp_path, store) as ours:
        open_read_model = ours._open

        async def counted(generation: int, *, builds: bool = False) -> read_models.ReadModel:
            opened.append(generation)
            return await open_read_model(generation, builds=builds)

        ours._open = counted
        assert await asyncio.gather(ours.build(), ours.build()) == [2, 2]

    assert opened == [2]


async def test_a_read_that_waits_until_all_is_there_waits_for_no_pace(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processors that rest for an hour, and a sink whose clock stands: neither would go on by itself. The generation that
    is being built comes along, or a replay would never see it catch up.
    """
    for bound in ("REST_S_MIN", "REST_S_MAX"):
        monkeypatch.setattr(f"streams.drivers.embedded_driver.{bound}", 3_600.0)
    edge, writer, log = FakeEdge("late", number=1), SegmentWriter(edge_folder(tmp_path)), SqliteLog(tmp_path)
    async with running(tmp_path, store, FixedClock(0)) as ours:
        await ours.build()
        await until_counted(ours.passed)
        await until_counted(ours.passed_by_next)
        for n in range(1, 4):
            writer.append([edge.seal(0, [edge.post("late")])])
            await Settling(log, ours, lambda: 1).settle_all()
            assert await rows(store, 1) == POSTS + n
            await until_told(partial(flushed_rows, ours, store, 2), lambda told, n=n: told >= POSTS + n)

    await log.close()
    writer.close()


async def test_a_read_right_after_a_post_has_it_whatever_the_pace(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processors that rest for an hour, and a sink whose clock stands. Where nothing has come it waits for nothing."""
    for bound in ("REST_S_MIN", "REST_S_MAX"):
        monkeypatch.setattr(f"streams.drivers.embedded_driver.{bound}", 3_600.0)
    edge, writer = FakeEdge("late", number=1), SegmentWriter(edge_folder(tmp_path))
    async with running(tmp_path, store, FixedClock(0)) as ours:
        await until_counted(ours.passed)
        for n in range(1, 4):
            writer.append([edge.seal(0, [edge.post("late")])])
            await ours.catch_up(PATIENCE_S)
            assert await rows(store, 1) == POSTS + n
        monkeypatch.setattr("run.roles.asked_rounds.AskedRounds.one", None)  # who would call it fails
        await ours.catch_up(PATIENCE_S)

    writer.close()


async def test_a_read_waits_for_nobody_while_so_much_comes_that_all_goes_on_by_itself(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.drivers.embedded_driver.PACED_S", 3_601.0)  # more than any rest
    for bound in ("REST_S_MIN", "REST_S_MAX"):
        monkeypatch.setattr(f"streams.drivers.embedded_driver.{bound}", 3_600.0)
    edge, writer = FakeEdge("late", number=1), SegmentWriter(edge_folder(tmp_path))
    async with running(tmp_path, store, FixedClock(0)) as ours:
        await until_counted(ours.passed)
        writer.append([edge.seal(0, [edge.post("late")])])
        await ours.catch_up(PATIENCE_S)
        assert await rows(store, 1) == POSTS

    writer.close()


async def test_a_read_that_cannot_have_its_rows_goes_on_without_them(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processors that never step."""
    edge, writer = FakeEdge("late", number=1), SegmentWriter(edge_folder(tmp_path))
    monkeypatch.setattr("streams.drivers.embedded_driver.POLL_S", 3_600.0)
    monkeypatch.setattr("run.roles.read_models.ROUND_S_MAX", 3_600.0)
    async with running(tmp_path, store) as ours:
        await until_counted(ours.passed)
        await ours.catch_up(PATIENCE_S)
        monkeypatch.setattr("streams.drivers.embedded_driver.EmbeddedDriver.flush", lambda _: None)
        monkeypatch.setattr("streams.drivers.embedded_driver.EmbeddedDriver.is_paced", True)
        writer.append([edge.seal(0, [edge.post("late")])])
        async with asyncio.timeout(PATIENCE_S):
            await ours.catch_up(0.05)
        assert await rows(store, 1) == POSTS

    writer.close()
