"""The forwarder over a log in memory that can be away: order, the cursor, segments, and what a waiting client sees."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from producers.edge.forwarder import CURSOR, Forwarder
from testkit.example_topic import EXAMPLES, known
from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from testkit.waiting import PATIENCE_S, until_it_holds
from tilde.eventlog import Append, LogError
from tilde.eventlog.segments import SegmentWriter, segment_paths
from tilde.runtime.tasks import cancel


class Broker(MemoryLog):
    """A log in memory that can be away, or lose an acknowledgement: it has the batches and says it has not."""

    is_away = False
    loses_the_next_ack = False
    takes_s = 0.0
    takes_ms = 0  # by the clock that stands

    def __init__(self, clock: FixedClock) -> None:
        super().__init__()
        self._clock = clock

    async def append(self, appends: Sequence[Append]) -> list[int]:
        if self.is_away:
            raise LogError("away")
        self._clock.advance(self.takes_ms)
        if self.takes_s:
            await asyncio.sleep(self.takes_s)
        offsets = await super().append(appends)
        if self.loses_the_next_ack:
            self.loses_the_next_ack = False
            raise LogError("no answer")
        return offsets

    async def values(self, partition: int) -> list[bytes]:
        return [record.value for record in await self.read("stats", partition, 0)]


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.segments = SegmentWriter(folder)
        self.clock = FixedClock(0)
        self.broker = Broker(self.clock)
        self.forwarder = self.start()

    def start(self) -> Forwarder:
        return Forwarder(self.folder, self.broker, self.clock)

    def seal(self, *values: bytes, partition: int = 0) -> int:
        """Batches of one value each; returns the last one's seq."""
        self.segments.append([Append("stats", partition, [value]) for value in values])
        return self.segments.next_seq - 1

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.forwarder.run())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path / "edge")
    yield world
    await world.forwarder.close()
    world.segments.close()


async def ship_all(forwarder: Forwarder) -> None:
    while await forwarder.step():
        pass


async def test_a_batch_of_a_topic_that_only_a_newer_release_knows_is_kept_and_said(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after a downgrade: what stands before it is shipped, it and all behind it wait for that release.

    stats a1 | examples e1 | stats a2
    """
    world.seal(b"a1")
    world.segments.append([Append(EXAMPLES.name, 0, [b"e1"])])
    world.seal(b"a2")
    await world.forwarder.step()

    for _ in range(3):
        with pytest.raises(LogError, match="batch 2 of .* is of topic examples, which only a newer release knows"):
            await world.forwarder.step()

    assert await world.broker.values(0) == [b"a1"]
    assert capsys.readouterr().err.count("which only a newer release knows") == 1
    with known():
        await ship_all(world.forwarder)
    assert await world.broker.values(0) == [b"a1", b"a2"]
    assert [record.value for record in await world.broker.read(EXAMPLES.name, 0, 0)] == [b"e1"]


async def test_clients_are_answered_from_disk_while_nothing_can_be_shipped(world: World) -> None:
    """The task goes on: it ends neither the edge nor its posts."""
    world.segments.append([Append(EXAMPLES.name, 0, [b"e1"])])
    async with world.running():
        await until_it_holds(lambda: world.forwarder.is_behind)
        await world.forwarder.confirm(world.seal(b"a1"))

    assert world.forwarder.shipped_offset == 0


async def test_batches_are_shipped_in_order_each_to_its_partition(world: World) -> None:
    """What stands in the edge's log stands in Kafka, partition by partition, and shipped_offset says how far."""
    world.seal(b"a1", b"a2")
    world.seal(b"b1", partition=1)
    last = world.seal(b"a3")

    await ship_all(world.forwarder)

    assert await world.broker.values(0) == [b"a1", b"a2", b"a3"]
    assert await world.broker.values(1) == [b"b1"]
    assert world.forwarder.shipped_offset == last == 4


async def test_a_command_is_shipped_once_all_that_was_sealed_before_it_is_acknowledged(world: World) -> None:
    """A deletion takes the end of the log for all that this edge had answered; nothing sealed later overtakes it."""
    world.segments.append([Append("stats", 0, [b"a"]), Append("stats", 9, [b"b"])])
    world.segments.append([Append("commands", 0, [b"delete"]), Append("commands", 0, [b"delete too"])])
    world.segments.append([Append("stats", 0, [b"c"])])

    shipped = []
    while await world.forwarder.step():
        ends = [await world.broker.end_offset(*where) for where in (("stats", 0), ("stats", 9), ("commands", 0))]
        shipped.append(ends)
    assert shipped == [[1, 1, 0], [1, 1, 2], [2, 1, 2]]


async def test_shipping_goes_on_across_segments(world: World) -> None:
    """A border between files is no border for who reads."""
    for number in range(7):
        world.seal(b"%d" % number)
        world.segments.begin_segment()

    await ship_all(world.forwarder)

    assert await world.broker.values(0) == [b"%d" % number for number in range(7)]


async def test_a_segment_whose_last_batch_is_not_shipped_stays(world: World) -> None:
    """It is nowhere else."""
    world.seal(b"a1", b"a2")
    world.segments.begin_segment()
    world.seal(b"b1")
    paths = segment_paths(world.folder)

    world.forwarder.shipped_offset = 1
    world.forwarder._unlink()
    assert segment_paths(world.folder) == paths

    world.forwarder.shipped_offset = 2
    world.forwarder._unlink()
    assert segment_paths(world.folder) == paths[1:]


async def test_segments_that_are_wholly_shipped_go_and_the_newest_stays(world: World) -> None:
    """The newest file says where offsets go on, so it is never removed, shipped or not."""
    world.seal(b"a")
    world.segments.begin_segment()
    world.seal(b"b")
    world.segments.begin_segment()

    await ship_all(world.forwarder)

    assert [path.name for path in segment_paths(world.folder)] == ["00000000000000000003.segment"]
    assert sorted(path.name for path in world.folder.iterdir() if path.suffix not in {".segment", ""}) == [
        "00000000000000000003.segment-shm",
        "00000000000000000003.segment-wal",
    ]
    assert world.seal(b"c") == 3


async def test_nothing_unshipped_is_removed(world: World) -> None:
    """While the broker is away the log only grows."""
    world.seal(b"a")
    world.segments.begin_segment()
    world.broker.is_away = True

    with pytest.raises(LogError):
        await world.forwarder.step()

    assert len(segment_paths(world.folder)) == 2
    assert world.forwarder.shipped_offset == 0


async def test_after_a_lost_acknowledgement_the_same_batches_come_again(world: World) -> None:
    """Nobody knows whether they are there, so they are sent again, from the oldest on; readers drop the repeat."""
    world.seal(b"a", b"b")
    world.broker.loses_the_next_ack = True

    with pytest.raises(LogError):
        await world.forwarder.step()
    world.seal(b"c")
    await ship_all(world.forwarder)

    assert await world.broker.values(0) == [b"a", b"b", b"a", b"b", b"c"]


async def test_a_forwarder_goes_on_where_the_last_one_was(world: World) -> None:
    """The cursor is kept when there is nothing to ship."""
    world.seal(b"a")
    await ship_all(world.forwarder)
    world.seal(b"b")

    await ship_all(world.start())

    assert await world.broker.values(0) == [b"a", b"b"]


@pytest.mark.parametrize("cursor", [None, "", "\0\0", "99"])
async def test_a_cursor_that_is_lost_or_not_this_logs_ships_everything_again(world: World, cursor: str | None) -> None:
    """An old cursor only costs repeats; one beyond the log's end must not hide what is in the log."""
    world.seal(b"a")
    if cursor is not None:
        (world.folder / CURSOR).write_text(cursor)

    await ship_all(forwarder := world.start())

    assert forwarder.shipped_offset == 1
    assert await world.broker.values(0) == [b"a"]


async def at_once(coroutine: Coroutine[Any, Any, None]) -> bool:
    """Whether it ends without waiting for anything."""
    task = asyncio.create_task(coroutine)
    await asyncio.sleep(0)
    is_done = task.done()
    await cancel(task)
    return is_done


async def test_a_client_waits_until_the_broker_has_its_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """confirm returns when shipped_offset has reached the batch; at once where it has."""
    monkeypatch.setattr("producers.edge.forwarder.CONFIRM_S_MAX", PATIENCE_S)
    async with world.running():
        seq = world.seal(b"a")
        world.forwarder.wake()

        await world.forwarder.confirm(seq)

        assert world.forwarder.shipped_offset == seq
        assert not world.forwarder.is_behind
        assert await at_once(world.forwarder.confirm(seq))
        assert not await at_once(world.forwarder.confirm(seq + 1))


async def test_while_the_broker_is_away_only_the_first_client_waits(world: World) -> None:
    """Half a second once; then the edge's own disk has to do, until acknowledgements return."""
    world.broker.is_away = True
    async with world.running():
        seq = world.seal(b"a")
        world.forwarder.wake()
        async with asyncio.timeout(PATIENCE_S):
            await world.forwarder.confirm(seq)
        assert world.forwarder.is_behind
        assert await at_once(world.forwarder.confirm(seq))

        world.broker.is_away = False
        await until_it_holds(lambda: not world.forwarder.is_behind)

        assert await world.broker.values(0) == [b"a"]


async def test_clients_wait_for_the_broker_again_as_soon_as_it_keeps_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while posts never cease, so that there is always something left to ship."""
    monkeypatch.setattr("producers.edge.forwarder.CONFIRM_S_MAX", 0.1)
    world.broker.takes_s = 0.3
    async with world.running():
        slow = asyncio.create_task(world.forwarder.confirm(world.seal(b"slow")))
        world.forwarder.wake()
        await slow
        assert world.forwarder.is_behind
        monkeypatch.setattr("producers.edge.forwarder.CONFIRM_S_MAX", PATIENCE_S)
        world.broker.takes_s = 0.005

        async def post(times: int) -> bool:
            """Posts, and says whether the broker had the last one before it was answered."""
            for _ in range(times):
                seq = world.seal(b"x")
                world.forwarder.wake()
                await world.forwarder.confirm(seq)
                await asyncio.sleep(0.002)
            return world.forwarder.shipped_offset >= seq

        assert all(await asyncio.gather(*(post(200) for _ in range(4))))


async def test_a_broker_that_takes_what_it_is_given_slowly_is_not_waited_for(world: World) -> None:
    """Each round as long as a client may wait: waiting would cost every one half a second, for nothing."""
    world.broker.takes_ms = 300
    world.forwarder.is_behind = True
    world.seal(b"a")

    await world.forwarder.step()

    assert world.forwarder.is_behind
    world.broker.takes_ms = 200
    world.seal(b"b")
    await world.forwarder.step()
    assert not world.forwarder.is_behind
