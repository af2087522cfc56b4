"""What streams/drivers/kafka/flush.py promises of Flushes and Positions: on a real Kafka, and by the fake that tests of
the driver use.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.contract import no_outputs
from streams.drivers.kafka.faust_driver import FaustTables, faust_app
from streams.drivers.kafka.fenced_changelogs import AllPositions, FencedChangelogs
from streams.drivers.kafka.flush import Flushes, Positions
from streams.drivers.kafka.flushes import OUTPUT_BATCH_BYTES_MAX, KafkaFlushes
from streams.drivers.kafka.holding import Drained, ProcessorPartition, Saved
from streams.drivers.kafka.names import changelog_name, changelogs
from streams.processors.stats import StatsProcessor
from streams.state import Kept
from testkit.counting import CountingProcessor
from testkit.kafka_broker import KafkaBroker
from testkit.memory_flushes import MemoryBrokers, MemoryFlushes
from tilde.domain.log.position import Mark, Position
from tilde.eventlog import FencedError, LogError
from tilde.eventlog.kafka import KafkaLog
from tilde.eventlog.kafka_topics import create_topics
from tilde.schemas.progress import Milestone, milestone_of

PROCESSORS = (StatsProcessor(), CountingProcessor())
FORGETS, REMEMBERS = ProcessorPartition("stats", 3), ProcessorPartition("counting", 3)
OTHERS = ProcessorPartition("stats", 5), ProcessorPartition("counting", 5)
ALL = (FORGETS, REMEMBERS, *OTHERS)


@dataclass
class Worker:
    """Who has begun to hold partitions."""

    flushes: Flushes
    positions: Positions

    async def flush(self, *drained: Drained) -> None:
        """The last steps of one."""
        await self.flushes.send_positions(drained)
        for each in drained:
            self.positions.keep(each)


@dataclass
class Place:
    """What is written to: `begin` takes partitions over, from whoever had them; `away` begins where no broker is."""

    begin: Callable[[Collection[ProcessorPartition]], Awaitable[Worker]]
    away: Callable[[], Awaitable[Worker]]
    messages: Callable[[str, int], Awaitable[list[bytes]]]
    milestones: Callable[[int], Awaitable[list[Milestone]]]


def in_memory() -> Place:
    brokers = MemoryBrokers(PROCESSORS)

    async def begin(held: Collection[ProcessorPartition]) -> Worker:
        worker = MemoryFlushes(brokers)
        worker.take_over(held)
        return Worker(worker, worker)

    async def away() -> Worker:
        gone = MemoryFlushes(MemoryBrokers(PROCESSORS))
        gone.brokers.are_away = True
        return Worker(gone, gone)

    async def messages(topic: str, partition: int) -> list[bytes]:
        return brokers.outputs[topic, partition]

    async def milestones(partition: int) -> list[Milestone]:
        return [each for each in brokers.milestones if each.partition == partition]

    return Place(begin, away, messages, milestones)


@dataclass
class OnKafka:
    """One generation."""

    bootstrap: str
    generation: int
    folder: Path
    stack: AsyncExitStack

    async def begin(self, held: Collection[ProcessorPartition]) -> Worker:
        fenced = FencedChangelogs(self.bootstrap, PROCESSORS, self.generation)
        await fenced.take_over(held)
        self.stack.push_async_callback(fenced.close)
        app = faust_app(self.bootstrap, self.generation, self.folder)
        tables = FaustTables(app, PROCESSORS, self.generation)
        for name, table in app.tables.items():
            table.data.update(await self._records(changelog_name(name, self.generation)))
        return Worker(self._flushes(self.bootstrap, fenced), AllPositions(tables, fenced))

    def _flushes(self, bootstrap: str, fenced: FencedChangelogs) -> KafkaFlushes:
        flushes = KafkaFlushes(bootstrap, self.generation, fenced)
        self.stack.push_async_callback(flushes.close)
        return flushes

    async def away(self) -> Worker:
        fenced = FencedChangelogs("127.0.0.1:9", PROCESSORS, self.generation)
        return Worker(self._flushes("127.0.0.1:9", fenced), fenced)

    async def _records(self, changelog: str) -> dict[str, object]:
        """What Faust recovers a Table from."""
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap) as consumer:
            places = [TopicPartition(changelog, id_.partition) for id_ in (FORGETS, OTHERS[0])]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            read = []
            for place, end in (await consumer.end_offsets(places)).items():
                while await consumer.position(place) < end:
                    read.append(await consumer.getone(place))
        return {orjson.loads(record.key): orjson.loads(record.value) for record in read}

    async def messages(self, topic: str, partition: int) -> list[bytes]:
        log = KafkaLog(self.bootstrap, self.generation)
        self.stack.push_async_callback(log.close)
        values: list[bytes] = []
        while records := await log.read(topic, partition, len(values)):
            values += [record.value for record in records]
        return values

    async def milestones(self, partition: int) -> list[Milestone]:
        return [milestone_of(message) for message in await self.messages("progress", partition)]


@pytest.fixture(scope="module")
def broker() -> Iterator[KafkaBroker]:
    if missing := KafkaBroker.missing():
        pytest.skip(missing)
    with KafkaBroker() as broker:
        yield broker


GENERATIONS = itertools.count(1)


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.kafka)])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    if request.param == "memory":
        yield in_memory()
        return
    bootstrap, generation = request.getfixturevalue("broker").bootstrap, next(GENERATIONS)
    await create_topics(bootstrap, generation, changelogs(generation, PROCESSORS))
    async with AsyncExitStack() as stack:
        there = OnKafka(bootstrap, generation, tmp_path, stack)
        yield Place(there.begin, there.away, there.messages, there.milestones)


def drained(
    of: ProcessorPartition, up_to: int = 1, *, outputs: dict[str, list[bytes]] | None = None, **state: Kept
) -> Drained:
    return Drained(*of, no_outputs() | (outputs or {}), Position(up_to, {"e": Mark(1, up_to)}), state)


async def test_outputs_stand_behind_each_other_and_end_where_it_is_said(place: Place) -> None:
    """Each in the partition of its batch, in order, however many batches they take. Of a topic that gets none nothing
    is said.
    """
    large = [bytes([number]) * (OUTPUT_BATCH_BYTES_MAX // 2 - 100) for number in range(5)]
    worker = await place.begin(ALL)
    first = await worker.flushes.send_outputs(
        [
            drained(FORGETS, outputs={"points": [b"a", b"b"], "metrics": []}),
            drained(OTHERS[0], outputs={"points": [b"c"]}),
        ]
    )
    second = await worker.flushes.send_outputs(
        [drained(FORGETS, outputs={"points": large}), drained(REMEMBERS, outputs={"metrics": [b"m"]})]
    )

    assert first == {("points", 3): 2, ("points", 5): 1}
    assert second == {("points", 3): 7, ("metrics", 3): 1}
    assert await place.messages("points", 3) == [b"a", b"b", *large]
    assert await place.messages("points", 5) == [b"c"]
    assert await place.messages("metrics", 3) == [b"m"]


async def test_output_partitions_end_where_whoever_wrote_them_has_come_to(place: Place) -> None:
    """An earlier holder, too; at 0 where nobody has."""
    former = await place.begin(ALL)
    await former.flushes.send_outputs([drained(FORGETS, outputs={"points": [b"a", b"b"]})])
    worker = await place.begin(ALL)

    assert await worker.flushes.ends({("points", 3), ("metrics", 3)}) == {("points", 3): 2, ("metrics", 3): 0}


async def test_what_is_said_of_outputs_is_there_to_be_read(place: Place) -> None:
    """In the partition it is said of, in order."""
    worker = await place.begin(ALL)
    said = [Milestone("stats", 3, 9, {"points": 7}), Milestone("stats", 5, 2, {"points": 0})]
    for some in (said, said[:1]):
        await worker.flushes.send_progress(some)

    assert await place.milestones(3) == [said[0], said[0]]
    assert await place.milestones(5) == [said[1]]


@pytest.mark.parametrize("of", [FORGETS, REMEMBERS], ids=["forgets", "remembers"])
async def test_where_nothing_was_flushed_a_partition_is_at_the_beginning(place: Place, of: ProcessorPartition) -> None:
    worker = await place.begin(ALL)
    await worker.flush(drained(OTHERS[0], 4), drained(OTHERS[1], 4, a=Kept(1, 3)))

    assert worker.positions.saved(*of) == Saved(Position())


async def test_what_was_flushed_is_what_is_saved(place: Place) -> None:
    """The last position, and of each key its last value. What somebody was told before stays as it was."""
    worker = await place.begin(ALL)
    await worker.flush(drained(FORGETS, 2), drained(REMEMBERS, 2, a=Kept([1], 0), b=Kept("x", 1)))
    before = worker.positions.saved(*REMEMBERS)
    await worker.flush(drained(FORGETS, 5), drained(REMEMBERS, 5, b=Kept(None, 4), c=Kept(1.5, 4)))

    assert before == Saved(Position(2, {"e": Mark(1, 2)}), {"a": Kept([1], 0), "b": Kept("x", 1)})
    assert worker.positions.saved(*FORGETS) == Saved(Position(5, {"e": Mark(1, 5)}))
    assert worker.positions.saved(*REMEMBERS) == Saved(
        Position(5, {"e": Mark(1, 5)}), {"a": Kept([1], 0), "b": Kept(None, 4), "c": Kept(1.5, 4)}
    )


async def test_what_was_sent_is_what_the_next_holder_finds(place: Place) -> None:
    """Whether or not there was time to keep it, as before a crash."""
    former = await place.begin(ALL)
    await former.flush(drained(FORGETS, 2), drained(REMEMBERS, 2, a=Kept(1, 0)))
    await former.flushes.send_positions([drained(FORGETS, 7), drained(REMEMBERS, 7, b=Kept(2, 6))])
    worker = await place.begin(ALL)

    assert worker.positions.saved(*FORGETS) == Saved(Position(7, {"e": Mark(1, 7)}))
    assert worker.positions.saved(*REMEMBERS) == Saved(
        Position(7, {"e": Mark(1, 7)}), {"a": Kept(1, 0), "b": Kept(2, 6)}
    )


async def test_who_held_a_partition_before_is_refused_and_leaves_nothing(place: Place) -> None:
    """Where its processors remember something; the next holder flushes as if nothing had been sent."""
    former = await place.begin(ALL)
    await former.flush(drained(REMEMBERS, 2, a=Kept(1, 0)))
    worker = await place.begin([FORGETS, REMEMBERS])
    with pytest.raises(FencedError):
        await former.flushes.send_positions([drained(REMEMBERS, 9, a=Kept(9, 8), z=Kept(9, 8))])
    await worker.flush(drained(REMEMBERS, 3, a=Kept(2, 2)))
    after = await place.begin(ALL)

    assert after.positions.saved(*REMEMBERS) == Saved(Position(3, {"e": Mark(1, 3)}), {"a": Kept(2, 2)})


async def test_a_partition_that_nobody_has_taken_is_still_its_holders(place: Place) -> None:
    """And one whose processors remember nothing is refused to nobody: whoever goes on from there makes the same rows."""
    former = await place.begin(ALL)
    await place.begin([FORGETS, REMEMBERS])
    await former.flush(drained(FORGETS, 4), drained(OTHERS[0], 4), drained(OTHERS[1], 4, a=Kept(1, 3)))
    after = await place.begin(ALL)

    assert after.positions.saved(*FORGETS).position.next_offset == 4
    assert after.positions.saved(*OTHERS[1]) == Saved(Position(4, {"e": Mark(1, 4)}), {"a": Kept(1, 3)})


async def test_brokers_that_are_away_are_a_log_error_whatever_is_asked(place: Place) -> None:
    flushes = (await place.away()).flushes

    with pytest.raises(LogError):
        await flushes.send_outputs([drained(FORGETS, outputs={"points": [b"a"]})])
    with pytest.raises(LogError):
        await flushes.ends({("points", 3)})
    with pytest.raises(LogError):
        await flushes.send_progress([Milestone("stats", 3, 1, {})])
    with pytest.raises(LogError):
        await flushes.send_positions([drained(FORGETS)])
