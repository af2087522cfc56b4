"""What stands behind the sealer takes a raw topic that it was not written for: the forwarder, positions, the bell."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.edge.edge_log import CatalogTooOldError, EdgeLog, require_catalog
from producers.edge.forwarder import Forwarder
from producers.edge.sealer import Sealer
from streams.drivers.partition_fold import PartitionFold
from testkit.builders import NOON_MS
from testkit.example_topic import EXAMPLES, EchoProcessor, example_posted, known
from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from tilde.domain.catalog.state import Catalog
from tilde.domain.log.identity import EventIds
from tilde.domain.log.position import HoleError, Position
from tilde.eventlog import Record
from tilde.eventlog.bell import Bell
from tilde.schemas.hot import long, posted_name, stat_posted
from tilde.schemas.topics import METRICS, STATS, TOPICS, Topic

NAME = posted_name(1, 77, "counter", "signups")


@pytest.fixture(autouse=True)
def examples() -> Iterator[None]:
    with known():
        yield


async def seal_pairs(folder: Path, pairs: int) -> None:
    """As many groups, each of one event of `stats` and one example: both in partition 0 of their topic."""
    log = EdgeLog(folder, NOON_MS)
    sealer = Sealer(log, EventIds(0), Catalog(sequence=5))
    for pair in range(pairs):
        sealer.writer(STATS).post(0, stat_posted(pair, NAME, 1.0, None, long(NOON_MS)))
        sealer.writer(EXAMPLES).post(0, example_posted(pair + 100, pair, "noted"))
        await sealer.writer(STATS).durable()
    await sealer.close()
    log.close()


async def shipped(folder: Path) -> MemoryLog:
    """All that an edge's log has, as the forwarder ships it."""
    broker = MemoryLog()
    forwarder = Forwarder(folder, broker, FixedClock(NOON_MS))
    while await forwarder.step():
        pass
    await forwarder.close()
    return broker


def pairs_of(topic: Topic, records: list[Record]) -> list[int]:
    """What a processor makes of them, from the beginning. Raises HoleError."""
    fold = PartitionFold(EchoProcessor(topic), 0, Position())
    for record in records:
        fold.take(record)
    return list(map(int, fold.drain()[METRICS.name]))


async def test_each_topic_is_shipped_in_its_own_order(tmp_path: Path) -> None:
    """Offsets and befores are of a partition of a topic: the same partition of another one is no neighbour."""
    await seal_pairs(tmp_path / "edge", 4)
    broker = await shipped(tmp_path / "edge")

    for topic in (STATS, EXAMPLES):
        assert pairs_of(topic, await broker.read(topic.name, 0, 0)) == [0, 1, 2, 3]


async def test_a_batch_that_is_missing_in_one_topic_stops_that_topics_reader_alone(tmp_path: Path) -> None:
    """The other one has all of its own."""
    await seal_pairs(tmp_path / "edge", 4)
    broker = await shipped(tmp_path / "edge")
    first, _, *rest = await broker.read(EXAMPLES.name, 0, 0)

    with pytest.raises(HoleError):
        pairs_of(EXAMPLES, [first, *(Record(record.offset - 1, record.value) for record in rest)])
    assert pairs_of(STATS, await broker.read(STATS.name, 0, 0)) == [0, 1, 2, 3]


async def test_a_batch_that_came_twice_counts_once_in_its_topic(tmp_path: Path) -> None:
    """As it does after a lost acknowledgement."""
    await seal_pairs(tmp_path / "edge", 2)
    broker = await shipped(tmp_path / "edge")
    first, second = await broker.read(EXAMPLES.name, 0, 0)

    again = [first, second, Record(2, first.value), Record(3, second.value)]
    assert pairs_of(EXAMPLES, again) == [0, 1]


async def test_a_release_that_does_not_know_the_newest_batchs_topic_starts_all_the_same(tmp_path: Path) -> None:
    """What that batch had seen of the catalog it cannot tell; one that knows the topic can."""
    await seal_pairs(tmp_path / "edge", 1)
    with pytest.raises(CatalogTooOldError, match="after entry 5"):
        require_catalog(tmp_path / "edge", 4)

    with pytest.MonkeyPatch.context() as older:
        older.delitem(TOPICS, EXAMPLES.name)
        require_catalog(tmp_path / "edge", 4)


async def test_the_bell_is_heard_for_every_topic_that_there_is(tmp_path: Path) -> None:
    """By who listens to it, and by nobody else."""
    bell = Bell(tmp_path / "bell.sock", serves=False)
    ours, others = bell.listener([EXAMPLES.name]), bell.listener([STATS.name])

    bell.ring(EXAMPLES.name)

    assert (ours.is_set(), others.is_set()) == (True, False)
