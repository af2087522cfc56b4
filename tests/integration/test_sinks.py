"""Output topics into chDB: each row counted once whatever comes twice, poison set aside, progress told by milestones."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sinks import milestones
from sinks.loop import ReplayNeededError, Sink
from sinks.wiring import open_sink
from streams.topology import processors
from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from testkit.rows import a_marker, a_metric, a_milestone, a_point, some_points
from testkit.waiting import until_it_holds, until_told
from tilde.errors import TooMuchPoisonError
from tilde.eventlog import Append, LogError, OffsetOutOfRangeError
from tilde.eventlog.watched import WatchedLog
from tilde.runtime.telling import Outage
from tilde.schemas.dead_letters import POISON_RUN_MAX
from tilde.store import Store, StoreError
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate
from tilde.store.positions import load_positions
from tilde.store.progress import StoredProgress
from tilde.store.tables import TABLES

pytestmark = pytest.mark.store
POINTS = "SELECT count(), sum(number) FROM tilde_g1.points FINAL"
OF_HITS = {"actions": 0, "traffic": 0}
OF_PEOPLE = {"occurrences": 0, "property_values": 0, "people": 0, "events": 0, "properties": 0}
OF_THE_CATALOG = {"users": 0, "sites": 0, "access": 0, "changes": 0, "dead_letters": 0}
LETTERS = "SELECT source_topic, source_partition, source_offset, event_index, processor, reason, body FROM tilde_g1.dead_letters FINAL"


@pytest.fixture
async def store(tmp_path) -> AsyncIterator[Store]:
    store = await open_store(f"chdb://{tmp_path}")
    await migrate(store, 1)
    yield store
    await store.close()


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


async def a_sink(log, store, clock=None) -> Sink:
    return await open_sink(log, store, 1, clock or FixedClock(0))


async def write(log: MemoryLog, topic: str, partition: int, *values: bytes) -> None:
    await log.append([Append(topic, partition, values)])


async def test_points_of_all_partitions_come_into_the_table(log, store):
    for partition in range(16):
        await write(log, "points", partition, *some_points(100, product=partition), a_marker(1))
    sink = await a_sink(log, store)
    await sink.step()

    assert await store.rows(POINTS) == [(1600, 1600.0)]
    assert sink.rows() == {"points": 1600, "metrics": 0, "samples": 0, **OF_HITS, **OF_PEOPLE, **OF_THE_CATALOG}


async def test_a_sink_that_forgot_everything_changes_nothing(log, store):
    """As after a crash before any position was saved."""
    await write(log, "points", 3, *some_points(500), a_marker(9))
    for _ in range(3):
        await (await a_sink(log, store)).step()

    assert await store.rows(POINTS) == [(500, 500.0)]


async def test_a_sink_goes_on_where_its_saved_positions_say(log, store):
    await write(log, "points", 3, *some_points(500), a_marker(9))
    first = await a_sink(log, store)
    await first.step()
    await first.save()
    await write(log, "points", 3, *some_points(700))
    second = await a_sink(log, store)

    assert await second.step() == 700
    assert await store.rows(POINTS) == [(700, 700.0)]


async def test_positions_are_saved_now_and_then_not_with_every_insert(log, store):
    clock = FixedClock(0)
    sink = await open_sink(log, store, 1, clock, save_s=0.5)
    task = asyncio.create_task(sink.run())
    await write(log, "points", 0, a_point(), a_marker(1))
    await until_it_holds(lambda: sink.rows().get("points") == 1)
    assert await load_positions(store, "tilde_g1") == []
    clock.advance(600)
    await write(log, "points", 0, a_point())
    await until_it_holds(lambda: sink.rows().get("points") == 2)
    await until_told(lambda: load_positions(store, "tilde_g1"), bool)

    assert await load_positions(store, "tilde_g1") == [("points", 0, 3, {"stats": 1})]
    await stop(task)


async def test_a_read_that_asks_for_a_flush_waits_for_no_pace(log, store):
    """The clock stands, so no table is due a second time by itself."""
    sink = await a_sink(log, store)
    task = asyncio.create_task(sink.run())
    for n in range(1, 4):
        await write(log, "points", 0, a_point(nth=n))
        await write(log, "progress", 0, a_milestone(0, n, points=n, metrics=0, dead_letters=0))
        sink.flush()
        await until_told(lambda n=n: reaches(sink, n), bool)
        assert await store.rows(POINTS) == [(n, float(n))]

    await stop(task)


async def reaches(sink: Sink, next_offset: int) -> bool:
    return (await sink.passed())["stats"][0] >= next_offset


async def test_a_milestone_holds_once_every_table_has_got_there(log, store):
    """Whether its rows were read before it or come later; the next one waits for it."""
    sink = await a_sink(log, store)
    await write(log, "points", 5, a_point(), a_point(nth=1))
    await write(log, "progress", 5, a_milestone(5, 10, points=2, metrics=0, dead_letters=0))
    await write(log, "progress", 5, a_milestone(5, 20, points=2, metrics=1, dead_letters=0))
    await write(log, "progress", 5, a_milestone(5, 30, points=2, metrics=1, dead_letters=0, of_a_later_release=9))
    await sink.step()
    assert (await sink.passed())["stats"][5] == 10
    await write(log, "metrics", 5, a_metric())
    await sink.step()

    assert (await sink.passed())["stats"] == [0, 0, 0, 0, 0, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert (await sink.passed())["catalog"] == [0]
    assert sink.next_offsets()["progress", 5] == 3


async def test_a_milestone_that_waits_is_read_again_after_a_restart(log, store):
    """Nobody else would say it while nothing comes."""
    first = await a_sink(log, store)
    await write(log, "points", 5, a_point())
    said = [a_milestone(5, 10, points=1), a_milestone(5, 20, points=2), a_milestone(5, 30, points=2)]
    await write(log, "progress", 5, *said)
    await first.step()
    await first.save()
    await write(log, "points", 5, a_point(nth=1))
    second = await a_sink(log, store)
    assert (await second.passed())["stats"][5] == 10
    await second.step()

    assert (await second.passed())["stats"][5] == 30


async def test_what_a_zombie_says_late_takes_nothing_back(log, store):
    """Two workers at once say it in any order, and all of it is true."""
    sink = await a_sink(log, store)
    await write(log, "points", 5, *some_points(6))
    await write(log, "progress", 5, a_milestone(5, 30, points=4), a_milestone(5, 20, points=6))
    await write(log, "progress", 0, a_milestone(0, 3), a_milestone(0, 2, "catalog", metrics=0))
    await sink.step()

    assert (await sink.passed())["stats"][5] == 30
    assert ((await sink.passed())["stats"][0], (await sink.passed())["catalog"]) == (3, [2])


async def test_far_behind_the_sink_takes_no_more_milestones_than_it_needs(log, store, monkeypatch):
    """They stay in the log, and each is come to."""
    monkeypatch.setattr(milestones, "WAITING_MAX", 3)
    sink = await a_sink(log, store)
    for n in range(1, 9):
        await write(log, "progress", 5, *[a_milestone(5, 10 * n, points=n)] * 2)
        await sink.step()
    assert sink.next_offsets().get(("progress", 5), 0) == 0
    await write(log, "points", 5, *some_points(8))
    while (await sink.passed())["stats"][5] < 80:
        assert await sink.step()


async def test_what_is_no_milestone_is_a_dead_letter(log, store):
    await write(log, "progress", 1, b"hello", a_milestone(2, 10), a_point(), a_milestone(1, 7))
    sink = await a_sink(log, store)
    await sink.step()

    assert (await sink.passed())["stats"][:3] == [0, 7, 0]
    letters = await store.rows(LETTERS + " ORDER BY source_offset")
    assert [letter[:6] for letter in letters] == [
        ("progress", 1, 0, -1, "sink", "not in the Confluent wire format"),
        ("progress", 1, 1, -1, "sink", "it speaks of partition 2"),
        ("progress", 1, 2, -1, "sink", "a point where a progress belongs"),
    ]


class ForgetfulLog(MemoryLog):
    """A log whose retention has dropped what was said first."""

    async def start_offset(self, topic: str, partition: int) -> int:
        return 1 if topic == "progress" else 0

    async def read(self, topic, partition, offset, bytes_max=1 << 20):
        if offset < await self.start_offset(topic, partition):
            raise OffsetOutOfRangeError("dropped")
        return await super().read(topic, partition, offset, bytes_max)


async def test_milestones_that_are_kept_no_more_are_not_missed(store):
    """Each speaks for itself: as long as the rows are there nothing has to be built again."""
    log = ForgetfulLog()
    for partition in range(16):
        await write(log, "progress", partition, a_milestone(partition, 1), a_milestone(partition, 2, points=0))
    sink = await a_sink(log, store)
    for _ in range(2):
        await sink.step()

    assert (await sink.passed())["stats"] == [2] * 16


async def test_markers_of_an_older_release_are_understood(log, store):
    """Between the rows, as they stand in folders and topics that are there; workers of both releases may run at once."""
    sink = await a_sink(log, store)
    for topic in ("points", "metrics", "dead_letters"):
        await write(log, topic, 5, a_marker(10))
    await write(log, "progress", 5, a_milestone(5, 15, points=1), a_milestone(5, 40, points=9))
    await write(log, "progress", 6, a_milestone(6, 4, points=0))
    await sink.step()
    assert (await sink.passed())["stats"][5:7] == [15, 4]
    for topic in ("points", "metrics", "dead_letters"):
        await write(log, topic, 5, a_marker(20))
    await sink.step()

    assert (await sink.passed())["stats"][5] == 20


async def test_markers_tell_how_far_a_source_can_be_queried(log, store):
    """The least of all the tables that a source feeds."""
    sink = await a_sink(log, store)
    await write(log, "points", 5, a_point(), a_marker(10), a_point(nth=1), a_marker(20))
    await write(log, "metrics", 5, a_metric(), a_marker(20))
    await sink.step()
    assert (await sink.passed())["stats"][5] == 0, "the dead letters have not said so yet"
    await write(log, "dead_letters", 5, a_marker(10))
    await sink.step()

    assert (await sink.passed())["stats"] == [0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert (await sink.passed())["catalog"] == [0]


async def test_another_process_sees_the_progress_that_was_saved(log, store):
    sink = await a_sink(log, store)
    for table in TABLES:
        await write(log, table.name, 2, a_marker(7))
    await write(log, "progress", 0, a_milestone(0, 3, "catalog", metrics=0))
    await write(log, "progress", 1, a_milestone(1, 8))
    await sink.step()
    await sink.save()
    progress = await StoredProgress(store, lambda: 1).passed()

    others = {source: [0] * 16 for source in ("sample_writes", "hits", "activity")}
    assert progress == {"stats": [0, 8, 7] + [0] * 13, **others, "catalog": [3]}
    assert progress == await sink.passed()
    assert progress == await (await a_sink(log, store)).passed(), "a restarted sink knows it without reading again"


async def test_poison_becomes_a_dead_letter_and_the_rest_is_counted(log, store):
    good = some_points(100)
    broken = good[50][:20]
    await write(log, "points", 1, *good[:50], broken, *good[51:], b"hello", a_metric(), a_marker(1))
    sink = await a_sink(log, store)
    await sink.step()

    assert await store.rows(POINTS) == [(99, 99.0)]
    letters = await store.rows(LETTERS + " ORDER BY source_offset")
    assert [letter[:5] for letter in letters] == [
        ("points", 1, 50, -1, "sink"),
        ("points", 1, 100, -1, "sink"),
        ("points", 1, 101, -1, "sink"),
    ]
    assert [letter[5] for letter in letters][1:] == [
        "not in the Confluent wire format",
        "a metric where a point belongs",
    ]
    assert await store.rows("SELECT hex(body) FROM tilde_g1.dead_letters ORDER BY source_offset LIMIT 1") == [
        (broken.hex().upper(),)
    ]


async def test_poison_that_comes_twice_is_one_dead_letter(log, store):
    await write(log, "points", 1, b"hello", a_point())
    for _ in range(2):
        await (await a_sink(log, store)).step()

    assert len(await store.rows(LETTERS)) == 1


async def test_a_broken_marker_is_poison(log, store):
    await write(log, "points", 1, a_marker(300)[:-1], a_point())
    sink = await a_sink(log, store)
    await sink.step()

    assert len(await store.rows(LETTERS)) == 1
    assert await store.rows(POINTS) == [(1, 1.0)]


async def test_too_much_poison_in_a_row_stops_the_sink_before_anything_is_lost(log, store):
    await write(log, "points", 1, *[b"hello"] * (POISON_RUN_MAX + 1))
    sink = await a_sink(log, store)
    with pytest.raises(TooMuchPoisonError, match="21 messages in a row"):
        await sink.step()

    assert await store.rows(LETTERS) == []
    await sink.save()
    assert await load_positions(store, "tilde_g1") == []


async def test_poison_in_a_row_is_counted_over_rounds(log, store):
    sink = await a_sink(log, store)
    for _ in range(POISON_RUN_MAX):
        await write(log, "points", 1, b"hello")
        await flushed(sink)
    await write(log, "points", 1, b"hello")

    with pytest.raises(TooMuchPoisonError):
        await flushed(sink)


class PartlyAway(MemoryLog):
    """A log that cannot read one partition: its broker is away."""

    is_away = True

    async def read(self, topic, partition, offset, bytes_max=1 << 20):
        if self.is_away and (topic, partition) == ("points", 1):
            raise LogError("no leader")
        return await super().read(topic, partition, offset, bytes_max)


async def test_one_partition_that_cannot_be_read_holds_up_no_other(store):
    log = PartlyAway()
    for partition in range(3):
        await write(log, "points", partition, *some_points(10, product=partition), a_marker(1))
    await write(log, "metrics", 5, a_metric())
    sink = await a_sink(log, store)
    with pytest.raises(LogError, match="no leader"):
        await sink.step()

    assert sink.rows() == {"points": 20, "metrics": 1, "samples": 0, **OF_HITS, **OF_PEOPLE, **OF_THE_CATALOG}
    log.is_away = False
    await flushed(sink)
    assert sink.rows()["points"] == 30


class TruncatedLog(MemoryLog):
    """A log whose first records were dropped by its retention."""

    async def start_offset(self, topic: str, partition: int) -> int:
        return 10 if topic == "points" and partition == 4 else 0

    async def read(self, topic, partition, offset, bytes_max=1 << 20):
        if offset < await self.start_offset(topic, partition):
            raise OffsetOutOfRangeError("dropped")
        return await super().read(topic, partition, offset, bytes_max)


async def test_a_position_below_the_start_of_a_topic_asks_for_a_replay(store):
    log = TruncatedLog()
    await write(log, "points", 4, *some_points(20))

    with pytest.raises(
        ReplayNeededError, match="points/4 holds offsets 10 to 20, and the tables go on at 0; `tilde replay`"
    ):
        await a_sink(log, store)


async def test_a_topic_that_is_cut_off_while_the_sink_runs_asks_for_a_replay(store):
    log = TruncatedLog()
    sink = Sink(log, store, "tilde_g1", FixedClock(0), [])

    with pytest.raises(ReplayNeededError, match="tilde replay"):
        await sink.step()


async def test_a_position_beyond_the_end_of_a_topic_asks_for_a_replay(log, store):
    await write(log, "points", 4, *some_points(20))
    sink = await a_sink(log, store)
    await sink.step()
    await sink.save()

    with pytest.raises(ReplayNeededError, match="holds offsets 0 to 0, and the tables go on at 20"):
        await a_sink(MemoryLog(), store)


class Moody:
    """A store that is away for the first inserts, and may have taken them all the same."""

    def __init__(self, store: Store, moods: list[str]) -> None:
        self._store = store
        self._moods = moods

    async def insert_block(self, table: str, block: bytes, format_: str = "Avro") -> None:
        mood = self._moods.pop(0) if self._moods else "well"
        if mood != "away":
            await self._store.insert_block(table, block, format_)
        if mood != "well":
            raise StoreError(mood)

    def __getattr__(self, name):
        return getattr(self._store, name)


async def test_the_same_rows_are_inserted_until_the_store_says_that_it_has_them(log, store):
    await write(log, "points", 0, *some_points(10), a_marker(5))
    sink = await a_sink(log, Moody(store, ["away", "lost answer"]))
    await sink.step()

    assert await store.rows(POINTS) == [(10, 10.0)]
    assert await store.rows("SELECT count() FROM tilde_g1.points") == [(20,)]


async def test_trouble_is_told_while_it_lasts(log, store, capsys):
    sink = await a_sink(log, Moody(store, ["away", "away"]))
    task = asyncio.create_task(sink.run())
    await write(log, "points", 0, a_point())
    await until_it_holds(lambda: sink.trouble() == "away")
    await until_it_holds(lambda: sink.trouble() is None)

    assert await store.rows(POINTS) == [(1, 1.0)]
    await stop(task)
    assert capsys.readouterr().err.splitlines() == [
        "tilde sinks: the store does not answer, and is tried again until it does: away",
        "tilde sinks: the store answers again",
    ]


class AwayLog(MemoryLog):
    """Its first reads fail."""

    reads_in_vain = 2

    async def read(self, topic, partition, offset, bytes_max=1 << 20):
        if self.reads_in_vain:
            self.reads_in_vain -= 1
            raise LogError("away")
        return await super().read(topic, partition, offset, bytes_max)


async def test_a_log_that_is_away_is_told_once(store, capsys):
    log = AwayLog()
    sink = await a_sink(WatchedLog(log, Outage("sinks", "the log")), store)
    task = asyncio.create_task(sink.run())
    await write(log, "points", 0, a_point())
    await until_it_holds(lambda: sink.trouble() == "away")
    await until_it_holds(lambda: sink.trouble() is None)

    await stop(task)
    assert capsys.readouterr().err.splitlines() == [
        "tilde sinks: the log does not answer, and is tried again until it does: away",
        "tilde sinks: the log answers again",
    ]


def test_the_tables_are_fed_by_who_the_topology_says():
    """What is in no table that a source feeds would not be waited for."""
    written = {(output.name, processor.source.name) for processor in processors() for output in processor.outputs}

    assert {(table.name, source.name) for table in TABLES for source in table.sources} == written


async def flushed(sink: Sink) -> None:
    """A round that waits for no table's pace."""
    sink.flush()
    await sink.step()


async def stop(task: asyncio.Task) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
