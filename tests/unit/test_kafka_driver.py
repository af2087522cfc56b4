"""The driver on Kafka without Kafka: a log, flushes and positions in memory; deliveries as Faust would make them."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

import pytest

from streams.contract import Processor
from streams.drivers import partition_fold
from streams.drivers.kafka.catching_up import FAR_BEHIND_AT_ONCE
from streams.drivers.kafka.driver import FLUSHES_WAITING_MAX, GAP_MAX, KafkaDriver
from streams.drivers.kafka.flush import POSITION_S
from streams.drivers.kafka.holding import Drained, OutputPartition, ProcessorPartition, Saved, SourcePartition
from streams.drivers.kafka.pulse import Pulse, StoodStillError
from streams.drivers.kafka.watchdog import LOST_TAIL_S, TAIL_REPAIRS_MAX
from streams.drivers.partition_fold import EVENTS_PER_FLUSH_MAX, StateTooLargeError
from streams.processors.stats import StatsProcessor
from streams.state import Kept
from testkit.counting import CountingProcessor
from testkit.fixed_clock import FixedClock
from testkit.memory_flushes import MemoryFlushes
from testkit.memory_log import MemoryLog
from testkit.sealed import FakeEdge
from testkit.uniques import UNIQUES, UniquesProcessor
from testkit.waiting import PATIENCE_S, until_it_holds
from tilde.domain.log.position import Mark, Position
from tilde.errors import TildeError
from tilde.eventlog import FencedError, LogError, Record
from tilde.runtime.tasks import cancel
from tilde.schemas.codec import decode
from tilde.schemas.progress import Milestone

STATS_3 = ProcessorPartition("stats", 3)
SOURCE = SourcePartition("stats", 3)


class SharedMemoryLog(MemoryLog):
    """Memory, with the one question more that the driver has; open as often as wanted."""

    async def end_offsets(self, partitions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        return {partition: await self.end_offset(*partition) for partition in partitions}


class HeldLog(SharedMemoryLog):
    """Another reader of a log, who gets nothing before `may_read`; then a record at a time."""

    def __init__(self, log: SharedMemoryLog) -> None:
        super().__init__()
        self._log = log
        self.may_read = asyncio.Event()

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        await self.may_read.wait()
        return (await self._log.read(topic, partition, offset, bytes_max))[:1]


class WatchedFlushes(MemoryFlushes):
    """`happened` is the order of things. `during` runs while outputs are sent, `during_progress` while it is said how far
    they are, `during_positions` before the positions are there.
    """

    def __init__(self) -> None:
        super().__init__()
        self.happened: list[str] = []
        self.asked: list[set[OutputPartition]] = []
        self.during = lambda: None
        self.during_progress = lambda: None
        self.during_positions = lambda: None
        self.on_keep = lambda: None
        self.fails_at: int | None = None

    @property
    def event_ids(self) -> list[int]:
        """Those of the points in partition 3."""
        return [decode(point, "point")["event_id"] for point in self.brokers.outputs["points", 3]]

    async def send_outputs(self, drained: Sequence[Drained]) -> dict[OutputPartition, int]:
        if self.fails_at in {each.partition for each in drained}:
            raise LogError("away")
        ends = await super().send_outputs(drained)
        self.happened.append("outputs")
        self.during()
        return ends

    async def ends(self, partitions: Collection[OutputPartition]) -> dict[OutputPartition, int]:
        self.asked.append(set(partitions))
        return await super().ends(partitions)

    async def send_progress(self, milestones: Sequence[Milestone]) -> None:
        await super().send_progress(milestones)
        self.happened.append("progress")
        self.during_progress()

    async def send_positions(self, drained: Sequence[Drained]) -> None:
        self.happened.append(f"positions up to {drained[0].position.next_offset}")
        self.during_positions()
        await super().send_positions(drained)
        await asyncio.sleep(0)

    def keep(self, drained: Drained) -> None:
        self.happened.append("kept")
        super().keep(drained)
        self.on_keep()


class World:
    """A driver and all around it, and an edge that fills partition 3 of `stats`."""

    def __init__(self, *others: Processor) -> None:
        self.log = SharedMemoryLog()
        self.held = HeldLog(self.log)
        self.flushes = WatchedFlushes()
        self.clock = FixedClock(0)
        self.edge = FakeEdge()
        self.sent: list[int] = []
        self.driver = KafkaDriver(
            [StatsProcessor(), *others],
            self.flushes,
            self.flushes,
            lambda: self.held if others else self.log,
            Pulse(self.clock),
            self.clock,
        )

    async def append(self, batches: int) -> list[Record]:
        """Batches in the log, each of one event; returns them as records."""
        first = await self.log.end_offset("stats", 3)
        for _ in range(batches):
            post = self.edge.post("s")
            self.sent.append(post["id"])
            await self.log.append([self.edge.seal(3, [post])])
        return await self.log.read("stats", 3, first)

    async def deliver(self, *records: Record) -> None:
        for record in records:
            await self.driver.deliver(SOURCE, record)

    async def catch_up(self, id_: ProcessorPartition, next_offset: int) -> None:
        """Lets who was left behind catch up, until this one is that far."""
        catching_up = asyncio.create_task(self.driver.catching_up.run())
        await until_it_holds(lambda: self.driver.next_offsets[id_] >= next_offset, pause_s=0.001)
        await cancel(catching_up)


@pytest.fixture
async def world() -> World:
    return World()


async def test_a_flush_sends_outputs_says_so_sends_positions_and_then_tells_the_table(world: World) -> None:
    """The order that makes a crash at any moment harmless."""
    world.driver.assign([STATS_3])
    await world.deliver(*await world.append(2))

    await world.driver.flush()

    assert world.flushes.happened == ["outputs", "progress", "positions up to 2", "kept"]
    assert world.flushes.event_ids == world.sent
    assert world.flushes.kept[STATS_3].position == Position(2, {"e": Mark(1, 2)})


async def test_a_milestone_says_where_the_rows_end_in_every_output(world: World) -> None:
    """Of what earlier holders wrote too: where nothing was sent, the end is asked for, once an assignment."""
    before = world.flushes.brokers.outputs
    before["points", 3], before["dead_letters", 3] = [b""] * 40, [b""] * 7
    world.driver.assign([STATS_3])
    await world.deliver(*await world.append(2))
    await world.driver.flush()
    await world.deliver(*await world.append(1))
    await world.driver.flush()
    before["dead_letters", 3] += [b""] * 2  # another worker held the partition meanwhile
    world.driver.assign([STATS_3])
    await world.deliver(*await world.append(1))
    await world.driver.flush()

    assert world.flushes.brokers.milestones == [
        Milestone("stats", 3, 2, {"points": 42, "metrics": 1, "dead_letters": 7}),
        Milestone("stats", 3, 3, {"points": 43, "metrics": 1, "dead_letters": 7}),
        Milestone("stats", 3, 4, {"points": 44, "metrics": 2, "dead_letters": 9}),
    ]
    assert world.flushes.asked == [{("dead_letters", 3)}] * 2


async def test_what_is_below_the_position_is_skipped(world: World) -> None:
    """Faust delivers from where it has committed, which may be long ago."""
    records = await world.append(3)
    world.driver.assign([STATS_3])
    await world.deliver(*records)
    await world.driver.flush()

    world.driver.assign([STATS_3])
    await world.deliver(*records, *await world.append(1))
    await world.driver.flush()

    assert world.flushes.event_ids == world.sent


async def test_a_gap_is_read_back_before_the_message_after_it(world: World) -> None:
    """Whatever Faust leaves out is in the log."""
    records = await world.append(9)
    world.driver.assign([STATS_3])

    await world.deliver(records[0], records[4], records[8])
    await world.driver.flush()

    assert world.flushes.event_ids == world.sent


async def test_a_message_of_a_partition_that_is_not_held_is_left_to_its_holder(world: World) -> None:
    """Late deliveries of an assignment that is over change nothing."""
    records = await world.append(2)
    world.driver.assign([STATS_3])
    world.driver.revoke()

    await world.deliver(*records)
    await world.driver.flush()

    assert world.flushes.happened == []


async def test_what_was_folded_before_a_rebalance_is_folded_again_by_the_next_holder(world: World) -> None:
    """Folded and not flushed is dropped with the assignment; the saved position knows nothing of it."""
    records = await world.append(3)
    world.driver.assign([STATS_3])
    await world.deliver(*records[:2])

    world.driver.assign([STATS_3])
    await world.deliver(records[2])
    await world.driver.flush()

    assert world.flushes.event_ids == world.sent
    assert world.flushes.happened == ["outputs", "progress", "positions up to 3", "kept"]


async def test_a_rebalance_between_outputs_and_positions_leaves_the_position_as_it_was(world: World) -> None:
    """The outputs are there and will come again; the position is the next holder's to write."""
    world.driver.assign([STATS_3])
    await world.deliver(*await world.append(1))
    world.flushes.during = world.driver.revoke

    await world.driver.flush()

    assert world.flushes.happened == ["outputs"]
    assert world.flushes.brokers.flushed == {}


async def test_what_was_said_of_outputs_holds_though_their_position_was_never_written(world: World) -> None:
    """They are there; the next holder makes them again, which changes nothing, and says it again."""
    world.driver.assign([STATS_3])
    await world.deliver(*await world.append(1))
    world.flushes.during_progress = world.driver.revoke

    await world.driver.flush()

    assert world.flushes.happened == ["outputs", "progress"]
    assert world.flushes.brokers.flushed == {}


@pytest.mark.parametrize("when", ["before the flush", "while outputs are sent", "while it is said"])
async def test_a_process_that_stood_still_writes_no_position(world: World, when: str) -> None:
    """A zombie that wakes up finds out before it writes, and ends."""
    world.driver.assign([STATS_3])
    await world.deliver(*await world.append(1))
    if when == "before the flush":
        world.clock.advance(4100)
    elif when == "while it is said":
        world.flushes.during_progress = lambda: world.clock.advance(4100)
    else:
        world.flushes.during = lambda: world.clock.advance(4100)

    with pytest.raises(StoodStillError):
        await world.driver.flush()

    assert world.flushes.brokers.flushed == {}


async def test_who_is_refused_as_another_holds_the_partition_ends(world: World) -> None:
    """He has not heard of it, so whatever he writes is somebody else's."""

    def refused() -> None:
        raise FencedError("somebody else writes")

    world.driver.assign([STATS_3])
    await world.deliver(*await world.append(1))
    world.flushes.during_positions = refused

    with pytest.raises(FencedError):
        await world.driver.flush()
    assert world.flushes.brokers.flushed == {}


async def test_who_is_refused_and_knows_why_goes_on_with_what_he_holds_now(world: World) -> None:
    """A rebalance while a flush is on its way: its successor has begun, perhaps in this very process."""

    def refused() -> None:
        world.driver.revoke()
        raise FencedError("somebody else writes")

    world.driver.assign([STATS_3])
    records = await world.append(1)
    await world.deliver(*records)
    world.flushes.during_positions = refused
    await world.driver.flush()
    assert world.flushes.brokers.flushed == {}

    world.flushes.during_positions = lambda: None
    world.driver.assign([STATS_3])
    await world.deliver(*records)
    await world.driver.flush()
    assert world.flushes.kept == {STATS_3: Saved(Position(1, {"e": Mark(1, 1)}))}


async def test_brokers_that_are_away_end_the_process(world: World) -> None:
    """What a flush raises comes out of whoever waits for it; the next flush does not hide it either."""
    world.driver.assign([STATS_3])
    await world.deliver(*await world.append(1))
    world.flushes.brokers.are_away = True

    with pytest.raises(LogError):
        await world.driver.flush()
    with pytest.raises(LogError):
        await world.driver.flush()


async def test_where_one_partition_fails_nothing_is_said_of_the_others_either(world: World) -> None:
    """Their outputs may stand in the log; the next holder, who begins at the old positions, says so of all."""
    other = FakeEdge("f")
    world.driver.assign([STATS_3, ProcessorPartition("stats", 5)])
    await world.deliver(*await world.append(1))
    await world.log.append([other.seal(5, [other.post("s")])])
    for record in await world.log.read("stats", 5, 0):
        await world.driver.deliver(SourcePartition("stats", 5), record)
    world.flushes.fails_at = 5

    with pytest.raises(LogError):
        await world.driver.flush()

    assert (world.flushes.brokers.milestones, world.flushes.brokers.flushed, world.flushes.happened) == ([], {}, [])


async def test_a_milestone_is_said_of_every_partition_that_was_flushed(world: World) -> None:
    """Of each how far it is itself; of one that has nothing new, nothing."""
    other = FakeEdge("f")
    world.driver.assign([STATS_3, ProcessorPartition("stats", 5), ProcessorPartition("stats", 7)])
    await world.deliver(*await world.append(2))
    await world.log.append([other.seal(5, [other.post("s")])])
    for record in await world.log.read("stats", 5, 0):
        await world.driver.deliver(SourcePartition("stats", 5), record)
    await world.driver.flush()

    assert world.flushes.brokers.milestones == [
        Milestone("stats", 3, 2, {"points": 2, "metrics": 1, "dead_letters": 0}),
        Milestone("stats", 5, 1, {"points": 1, "metrics": 0, "dead_letters": 0}),
    ]


async def test_a_lost_tail_is_read_back_after_six_seconds(world: World) -> None:
    """Messages at the end that Faust never brings: nobody would notice but the watchdog."""
    world.driver.assign([STATS_3])
    await world.append(4)

    await world.driver.watchdog.look(world.log)
    world.clock.advance(int(LOST_TAIL_S * 1000) + 100)
    await world.driver.watchdog.look(world.log)
    await world.driver.watchdog.look(world.log)

    assert world.driver.next_offsets == {STATS_3: 4}


async def test_a_slow_delivery_is_not_a_lost_tail(world: World) -> None:
    """As long as something comes, the watchdog leaves the partition to Faust."""
    world.driver.assign([STATS_3])
    records = await world.append(4)
    await world.driver.watchdog.look(world.log)

    world.clock.advance(4000)
    await world.deliver(records[0])
    await world.driver.watchdog.look(world.log)
    world.clock.advance(4000)
    await world.driver.watchdog.look(world.log)

    assert world.driver.next_offsets == {STATS_3: 1}


async def test_a_faust_that_brings_nothing_any_more_is_started_again(world: World) -> None:
    """Reading back is for accidents; a worker that only reads back is stuck."""
    world.driver.assign([STATS_3])
    with pytest.raises(TildeError, match="Faust brings nothing"):  # noqa: PT012
        for _ in range(2 * TAIL_REPAIRS_MAX + 2):
            await world.append(1)
            await world.driver.watchdog.look(world.log)
            world.clock.advance(int(LOST_TAIL_S * 1000) + 100)
            await world.driver.watchdog.look(world.log)

    assert world.driver.next_offsets == {STATS_3: TAIL_REPAIRS_MAX}


async def test_a_position_beyond_the_end_stops_loudly(world: World) -> None:
    """This is another log than the one that was read: nothing is right any more."""
    world.flushes.kept[STATS_3] = Saved(Position(7, {"e": Mark(1, 7)}))
    await world.append(2)
    world.driver.assign([STATS_3])

    with pytest.raises(TildeError, match="ends at 2, but processor stats is at 7"):
        await world.driver.watchdog.look(world.log)


async def test_much_is_flushed_without_waiting_for_quiet(world: World) -> None:
    """Ten thousand events are a flush, whether or not the input drains."""
    world.driver.assign([STATS_3])
    posts = [world.edge.post("s") for _ in range(500)]
    for _ in range(20):
        await world.log.append([world.edge.seal(3, posts)])
    await world.deliver(*await world.log.read("stats", 3, 0))
    for _ in range(5):
        await asyncio.sleep(0)

    assert world.flushes.happened == ["outputs", "progress", "positions up to 20", "kept"]


async def test_the_flusher_flushes_when_the_input_has_drained(world: World) -> None:
    """Soon after the last delivery everything is durable, and without one nothing is written."""
    world.driver.assign([STATS_3])
    kept = asyncio.Event()
    world.flushes.on_keep = kept.set
    flusher = asyncio.create_task(world.driver.run_flusher())
    await world.deliver(*await world.append(2))
    await asyncio.wait_for(kept.wait(), PATIENCE_S)
    flusher.cancel()

    assert world.flushes.happened == ["outputs", "progress", "positions up to 2", "kept"]


COUNTING = ProcessorPartition("counting", 3)


async def test_a_processor_that_is_new_does_not_keep_the_others_waiting() -> None:
    """Faust brings all of a topic through one actor: history is read back beside it."""
    world = World(CountingProcessor())
    await world.append(GAP_MAX + 1)
    world.flushes.kept[STATS_3] = Saved(Position(GAP_MAX + 1, {"e": Mark(1, GAP_MAX + 1)}))
    world.driver.assign([STATS_3, COUNTING])
    catching_up = asyncio.create_task(world.driver.catching_up.run())

    async with asyncio.timeout(PATIENCE_S):
        for _ in range(2):
            await world.deliver(*(await world.append(1)))
        meanwhile = dict(world.driver.next_offsets)
        world.held.may_read.set()
        while world.driver.next_offsets[COUNTING] < GAP_MAX + 3:
            await asyncio.sleep(0.001)
        await world.driver.flush()
        await world.deliver(*(await world.append(1)))
        await world.driver.flush()
    await cancel(catching_up)

    assert meanwhile == {STATS_3: GAP_MAX + 3, COUNTING: 0}
    assert set(world.driver.next_offsets.values()) == {GAP_MAX + 4}
    assert world.flushes.kept[COUNTING].state["s"].value == [GAP_MAX + 4, world.sent[0], world.sent[-1]]


async def test_a_history_that_cannot_be_read_ends_the_process() -> None:
    """What a task of a partition raises is to end the process, as everywhere."""
    world = World(CountingProcessor())
    await world.append(GAP_MAX + 1)
    world.driver.assign([COUNTING])

    async def away(*_: object) -> list[Record]:
        raise LogError("away")

    world.held.read = away
    catching_up = asyncio.create_task(world.driver.catching_up.run())
    await world.deliver(*(await world.append(1)))

    with pytest.raises(LogError, match="away"):
        await asyncio.wait_for(catching_up, PATIENCE_S)


async def test_a_tail_that_is_long_does_not_keep_the_watchdog(world: World) -> None:
    """Nothing is posted any more, and the history of a new processor was never delivered."""
    world.driver.assign([STATS_3])
    await world.append(GAP_MAX + 1)
    await world.driver.watchdog.look(world.log)
    world.clock.advance(int(LOST_TAIL_S * 1000) + 100)
    await world.driver.watchdog.look(world.log)
    at_once = world.driver.next_offsets[STATS_3]

    await world.catch_up(STATS_3, GAP_MAX + 1)

    assert at_once == 0


async def test_what_is_said_of_a_source_holds_for_the_slowest_of_its_processors() -> None:
    world = World(CountingProcessor())
    world.held.may_read.set()
    await world.append(1)
    world.flushes.kept[STATS_3] = Saved(Position(GAP_MAX + 1, {"e": Mark(1, GAP_MAX + 1)}))
    await world.append(GAP_MAX)
    world.driver.assign([STATS_3, COUNTING])
    await world.deliver(*(await world.append(1)))
    await world.driver.flush()
    await world.catch_up(COUNTING, GAP_MAX + 2)
    await world.driver.flush()

    assert [milestone.next_offset for milestone in world.flushes.brokers.milestones] == [0, GAP_MAX + 2]


UNIQUE = ProcessorPartition("uniques", 3)


@pytest.fixture
def little_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition_fold, "STATE_BYTES_PER_FLUSH_MAX", 1000)
    monkeypatch.setattr(partition_fold, "STATE_BYTES_PER_MESSAGE_MAX", 1000)


@pytest.mark.usefixtures("little_state")
async def test_state_of_more_than_one_batch_is_exact_wherever_its_flushes_are_cut() -> None:
    """Changes that depend on each other: each flush holds all of some messages, and is no larger than may be written."""
    world = World(UniquesProcessor())
    for number in range(60):
        await world.log.append([world.edge.seal(3, [world.edge.post(f"visitor {number % 40}")])])
    records = await world.log.read("stats", 3, 0)
    flushed: list[Drained] = []
    keep = world.flushes.keep
    world.flushes.keep = lambda drained: (flushed.append(drained), keep(drained))
    world.driver.assign([UNIQUE])
    await world.deliver(*records)
    await world.driver.flush()

    assert len(flushed) > 3
    assert all(sum(len(key) + 48 for key in each.state) <= 2000 for each in flushed)
    for crash in range(len(flushed)):
        world.flushes.kept.clear()
        for each in flushed[:crash]:
            keep(each)
        world.driver.assign([UNIQUE])
        await world.deliver(*records)
        await world.driver.flush()
        assert world.flushes.kept[UNIQUE].state[UNIQUES].value == 40


async def test_a_position_alone_waits_where_it_is_a_transaction() -> None:
    """The second event of a name changes nothing of what is remembered. Other processors' positions wait for none."""
    world = World(UniquesProcessor())
    world.held.may_read.set()
    world.driver.assign([STATS_3, UNIQUE])
    next_offsets = []
    for after_s in (0.0, 0.0, POSITION_S - 0.1, 0.1, 0.0):
        world.clock.advance(int(after_s * 1000))
        await world.deliver(*await world.append(1))
        await world.driver.flush()
        next_offsets.append(tuple(world.flushes.kept[id_].position.next_offset for id_ in (STATS_3, UNIQUE)))

    assert next_offsets == [(1, 1), (2, 1), (3, 1), (4, 4), (5, 4)]


async def test_what_a_position_left_out_is_folded_again_from_the_same_state() -> None:
    """A name that is new makes it durable at once, with all that came before; the next holder counts none twice."""
    world = World(UniquesProcessor())
    world.held.may_read.set()
    world.driver.assign([UNIQUE])
    for names in (["a"], ["a"], ["a"], ["b"], ["b"]):
        await world.log.append([world.edge.seal(3, [world.edge.post(name) for name in names])])
    records = await world.log.read("stats", 3, 0)
    positions = []
    for record in records:
        await world.deliver(record)
        await world.driver.flush()
        positions.append(world.flushes.kept[UNIQUE].position.next_offset)
    world.driver.assign([UNIQUE])
    await world.deliver(*records)
    await world.driver.flush()

    assert positions == [1, 1, 1, 4, 4]
    assert world.flushes.kept[UNIQUE].state[UNIQUES] == Kept(2, 3)
    assert world.driver.next_offsets[UNIQUE] == 5


@pytest.mark.usefixtures("little_state")
async def test_a_message_that_changes_more_than_can_be_kept_at_once_is_named() -> None:
    world = World(UniquesProcessor())
    await world.log.append([world.edge.seal(3, [world.edge.post("v" * 2000)])])
    world.driver.assign([UNIQUE])

    with pytest.raises(StateTooLargeError, match=r"stats/3: the message at offset 0 changes .* processor uniques"):
        await world.deliver(*await world.log.read("stats", 3, 0))


async def test_a_tail_that_was_read_back_gives_what_comes_next_its_time(world: World) -> None:
    """It is not lost because what came before it was."""
    world.driver.assign([STATS_3])
    await world.append(4)
    await world.driver.watchdog.look(world.log)
    world.clock.advance(int(LOST_TAIL_S * 1000) + 100)
    await world.driver.watchdog.look(world.log)
    await world.append(1)
    await world.driver.watchdog.look(world.log)

    assert world.driver.next_offsets == {STATS_3: 4}


async def test_few_read_their_history_back_at_a_time() -> None:
    """More would leave too little of the process to what is delivered."""
    world = World(CountingProcessor())
    reading = []

    class CountedLog(SharedMemoryLog):
        async def read(self, *where: Any, **how: Any) -> list[Record]:
            reading.append(where[1])
            await asyncio.Event().wait()
            return []

    world.held = CountedLog()
    world.driver.assign([ProcessorPartition("counting", partition) for partition in range(16)])
    for partition in range(16):
        await world.driver.deliver(SourcePartition("stats", partition), Record(GAP_MAX + 1, b""))
    catching_up = asyncio.create_task(world.driver.catching_up.run())
    await until_it_holds(lambda: len(reading) >= FAR_BEHIND_AT_ONCE)
    for _ in range(20):
        await asyncio.sleep(0)
    await cancel(catching_up)

    assert len(reading) == FAR_BEHIND_AT_ONCE


async def test_while_a_flush_is_under_way_so_much_may_gather_and_no_more(world: World) -> None:
    """A broker that takes long for one is not outrun: the delivery waits."""
    may_end = asyncio.Event()
    send_outputs = world.flushes.send_outputs

    async def slow(drained: Sequence[Drained]) -> dict[OutputPartition, int]:
        await may_end.wait()
        return await send_outputs(drained)

    world.flushes.send_outputs = slow
    world.driver.assign([STATS_3])
    posts = [world.edge.post("s") for _ in range(500)]
    for _ in range(6 * EVENTS_PER_FLUSH_MAX // len(posts)):
        await world.log.append([world.edge.seal(3, posts)])
    delivering = asyncio.create_task(world.deliver(*await world.log.read("stats", 3, 0, 1 << 30)))
    await until_it_holds(
        lambda: world.driver.next_offsets[STATS_3] * len(posts) >= FLUSHES_WAITING_MAX * EVENTS_PER_FLUSH_MAX
    )
    for _ in range(1000):
        await asyncio.sleep(0)
    gathered = world.driver.next_offsets[STATS_3] * len(posts)
    may_end.set()
    await asyncio.wait_for(delivering, PATIENCE_S)

    assert FLUSHES_WAITING_MAX * EVENTS_PER_FLUSH_MAX <= gathered <= (1 + FLUSHES_WAITING_MAX) * EVENTS_PER_FLUSH_MAX
