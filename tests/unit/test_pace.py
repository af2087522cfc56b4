"""The pace of a sink: when a table is inserted into, by a clock that stands until it is advanced."""

import asyncio
from contextlib import nullcontext

import pytest

from sinks.loop import Sink
from sinks.pending import ROWS_DUE
from testkit.fixed_clock import FixedClock
from testkit.memory_log import CountingLog, MemoryLog
from testkit.rows import a_metric, a_milestone, a_point, some_points
from testkit.sunk import SunkStore
from testkit.waiting import until_it_holds
from tilde.errors import TooMuchPoisonError
from tilde.eventlog import Append
from tilde.schemas.dead_letters import Place, dead_letter
from tilde.schemas.topics import DERIVED

PACE_MS = 300


class SunkPlace:
    """A sink over a log in memory, with a store that tells what it was given."""

    def __init__(self) -> None:
        self.clock = FixedClock(1_000_000)
        self.log = MemoryLog()
        self.store = SunkStore(self.clock)
        self.sink = Sink(self.log, self.store, "tilde_g1", self.clock, [])  # type: ignore[arg-type]

    async def write(self, topic: str, *values: bytes, partition: int = 0) -> None:
        await self.log.append([Append(topic, partition, values)])

    async def point(self, *, after_ms: int = 0) -> None:
        """A point comes, and the sink has a round."""
        self.clock.advance(after_ms)
        await self.write("points", a_point(version=await self.log.end_offset("points", 0) + 1))
        await self.sink.step()

    def inserted(self, table: str = "points") -> list[int]:
        """How many rows each insert had."""
        return [len(insert.rows) for insert in self.store.into(table)]


@pytest.fixture
def place() -> SunkPlace:
    return SunkPlace()


async def test_the_first_row_after_a_pause_is_inserted_at_once(place):
    await place.point()
    await place.point(after_ms=10_000)

    assert place.inserted() == [1, 1]


async def test_rows_that_come_one_by_one_wait_for_the_pace_of_their_table(place):
    """.  0 ms  75  150  225  300
    .     1                 4   rows an insert
    """
    for _ in range(5):
        await place.point(after_ms=PACE_MS // 4)

    assert place.inserted() == [1, 4]


async def test_a_row_that_waits_is_inserted_though_no_other_comes(place):
    await place.point()
    await place.point()
    place.clock.advance(PACE_MS - 1)
    await place.sink.step()
    assert place.inserted() == [1]
    place.clock.advance(1)
    await place.sink.step()

    assert place.inserted() == [1, 1]


async def test_as_many_rows_as_are_worth_an_insert_wait_for_nothing(place):
    await place.point()
    await place.write("points", *some_points(ROWS_DUE - 1))
    await place.sink.step()
    assert place.inserted() == [1]
    await place.point()

    assert place.inserted() == [1, ROWS_DUE]


async def test_each_table_has_a_pace_of_its_own(place):
    """Dead letters are for an operator; a stat is found by its metric."""
    letters = [dead_letter(Place("stats", 0, n), "stats", "broken", b"") for n in range(2)]
    for n in range(2):
        await place.write("points", a_point(version=n + 1))
        await place.write("metrics", a_metric(f"stat {n}"))
        await place.write("dead_letters", letters[n])
        place.clock.advance(PACE_MS)
        await place.sink.step()
    assert (place.inserted("points"), place.inserted("metrics")) == ([1, 1], [1, 1])
    assert place.inserted("dead_letters") == [1]
    place.clock.advance(2_000)
    await place.sink.step()

    assert place.inserted("dead_letters") == [1, 1]


async def test_what_waits_is_not_said_to_be_there(place):
    """Neither to who asks how far the tables are, nor to who trims the topic, nor in what is saved."""
    for n in range(1, 3):
        await place.write("points", a_point(version=n))
        await place.write("progress", a_milestone(0, 10 * n, points=n, metrics=0, dead_letters=0))
        await place.sink.step()
    await place.sink.save()

    assert (await place.sink.passed())["stats"][0] == 10
    assert place.sink.next_offsets()["points", 0] == 1
    assert place.store.positions["points", 0].next_offset == 1
    assert place.store.positions["progress", 0].next_offset == 1
    place.clock.advance(PACE_MS)
    await place.sink.step()
    assert (await place.sink.passed())["stats"][0] == 20
    assert place.sink.next_offsets()["points", 0] == 2


async def test_a_flush_that_was_asked_for_waits_for_no_pace(place):
    await place.point()
    await place.point()
    place.sink.flush()
    await place.sink.step()
    assert place.inserted() == [1, 1]
    await place.point()

    assert place.inserted() == [1, 1], "it was asked for once"


async def test_a_flush_ends_the_rest_between_two_rounds(place, monkeypatch):
    monkeypatch.setattr("sinks.loop.ROUND_S", 3_600.0)
    task = asyncio.create_task(place.sink.run())
    await place.write("points", a_point())
    await until_it_holds(lambda: place.inserted() == [1])
    await place.write("points", a_point(version=2))
    place.sink.flush()
    await until_it_holds(lambda: place.inserted() == [1, 1])

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_sink_that_has_all_there_was_looks_again_when_more_has_come(place, monkeypatch):
    """A round looks once into each partition of what processors write."""
    partitions = sum(topic.partitions for topic in DERIVED)
    monkeypatch.setattr("sinks.loop.ROUND_S", 0.0)
    monkeypatch.setattr("sinks.loop.POLL_S", 3_600.0)
    log = CountingLog()
    task = asyncio.create_task(Sink(log, place.store, "tilde_g1", place.clock, [], save_s=3_600.0).run())
    await until_it_holds(lambda: log.reads == partitions)
    for n in range(1, 4):
        await log.append([Append("points", 0, [a_point(version=n)])])
        await until_it_holds(lambda n=n: place.inserted() == [1] * n)
        place.clock.advance(PACE_MS)
    await asyncio.sleep(0.05)

    assert log.reads == 4 * partitions
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_only_what_was_saved_may_be_trimmed(place):
    """A sink that is killed reads again from there."""
    await place.point()
    assert place.sink.next_offsets()["points", 0] == 1
    assert place.sink.saved_offsets().get(("points", 0), 0) == 0
    await place.sink.save()

    assert place.sink.saved_offsets()["points", 0] == 1


async def test_positions_are_saved_every_few_seconds_and_earlier_where_much_came(place, monkeypatch):
    for _ in range(100):
        await place.point(after_ms=100)
    assert place.inserted("sink_positions") == [1, 1]
    monkeypatch.setattr("sinks.loop.ROWS_MAX", 1_000)
    for _ in range(10):
        await place.write("points", *some_points(600))
        place.clock.advance(300)
        await place.sink.step()

    assert place.inserted("sink_positions") == [1] * 7


async def test_light_traffic_makes_few_inserts_however_many_rounds_there_are(place):
    """Fifty posts a second, ten seconds long, and a round after each: once every 0.3 s, and two saves."""
    for n in range(500 + PACE_MS // 20):
        if n < 500:
            await place.write("points", a_point(version=n), partition=n % 16)
        await place.sink.step()
        place.clock.advance(20)

    assert len(place.inserted()) <= 10_000 // PACE_MS + 2
    assert sum(place.inserted()) == 500
    assert len(place.inserted("sink_positions")) == 2
    waited_ms = [
        round(1_000 * (insert.at_s - 1_000)) - 20 * row["version"]
        for insert in place.store.into("points")
        for row in insert.rows
    ]
    assert max(waited_ms) <= PACE_MS


async def test_a_table_is_looked_at_while_its_partitions_are_read_slowly():
    """A log that takes a fifth of a second for each would have the rows of the first wait for three seconds."""
    place = SunkPlace()

    class SlowLog(MemoryLog):
        async def read(self, topic, partition, offset, bytes_max=1 << 20):
            place.clock.advance(200 if topic == "points" else 0)
            return await super().read(topic, partition, offset, bytes_max)

    place.log = SlowLog()
    place.sink = Sink(place.log, place.store, "tilde_g1", place.clock, [])  # type: ignore[arg-type]
    for partition in range(16):
        await place.write("points", a_point(product=partition + 1), partition=partition)
    await place.sink.step()

    assert place.inserted() == [2] * 8


@pytest.mark.parametrize(("partition", "goes_on"), [(0, True), (1, False)])
async def test_a_row_ends_a_run_of_poison_in_its_own_partition_alone(place, monkeypatch, partition, goes_on):
    monkeypatch.setattr("tilde.schemas.dead_letters.POISON_RUN_MAX", 3)
    await place.write("points", *[b"poison"] * 3)
    await place.sink.step()
    place.clock.advance(PACE_MS)
    await place.write("points", a_point(), partition=partition)
    await place.sink.step()
    place.clock.advance(PACE_MS)
    await place.write("points", b"poison")

    with nullcontext() if goes_on else pytest.raises(TooMuchPoisonError):
        await place.sink.step()
    assert len(place.store.rows("dead_letters")) == (4 if goes_on else 3)
