"""A worker stands still in the middle of a flush until another one has its partitions, and then sends it. What
processors remember is right all the same, where their keys depend on each other, too: the broker refuses it.
"""

import asyncio
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import ProducerFenced, UnknownError

from streams import state
from streams.contract import no_outputs
from streams.drivers.kafka.fenced_changelogs import FencedChangelogs
from streams.drivers.kafka.holding import Drained, ProcessorPartition
from streams.drivers.kafka.names import changelog_name, changelogs
from testkit.chaos import Restarted
from testkit.kafka_broker import KafkaBroker
from testkit.sealed import FakeEdge
from testkit.transfers import START, moved, with_transfers
from testkit.waiting import PATIENCE_S, until_it_holds, until_told
from tilde.domain.log.position import Position
from tilde.eventlog.kafka import KafkaWriter
from tilde.eventlog.kafka_producer import Batch, FencedProducer
from tilde.eventlog.kafka_topics import create_topics
from tilde.eventlog.port import FencedError, LogError
from tilde.runtime.tasks import cancel
from tilde.schemas.topics import STATS

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(KafkaBroker.missing()), reason=KafkaBroker.missing() or "Kafka can run"),
]

WORKER = Path(__file__).with_name("late_flush_worker.py")
PARTITIONS = range(4)
PEOPLE = [f"p{number}" for number in range(12)]

REFUSED = {"fenced", "failed", "ended"}

Kept = dict[int, dict[str, float]]
"""What everybody has, by partition."""


@pytest.fixture(scope="module")
def broker() -> Iterator[KafkaBroker]:
    with KafkaBroker() as broker:
        yield broker


class World:
    """The log, who writes it, and the workers of a generation; `expected` is what they have to remember."""

    def __init__(self, bootstrap: str, folder: Path, generation: int, control: tuple[str, ...]) -> None:
        self.bootstrap = bootstrap
        self.generation = generation
        self.expected: Kept = {partition: {} for partition in PARTITIONS}
        self._folder = folder
        self._control = control
        self._random = random.Random(generation)
        self._edge = FakeEdge(f"e{generation}")
        self._writer = KafkaWriter(bootstrap)
        self.ends = dict.fromkeys(PARTITIONS, 0)
        self._workers: list[Restarted] = []

    def start(self, name: str) -> Restarted:
        folder = self._folder / name
        folder.mkdir()
        command = [sys.executable, str(WORKER), self.bootstrap, str(folder), str(self.generation), *self._control]
        self._workers.append(Restarted(command, self._folder / f"{name}.log"))
        return self._workers[-1]

    async def post(self, batches: int) -> None:
        """So many to each partition, of a few transfers each; in some the giver has not enough."""
        for _ in range(batches):
            for partition in PARTITIONS:
                names = (">".join(self._random.sample(PEOPLE, 2)) for _ in range(self._random.randint(1, 3)))
                events = [self._edge.post(name, float(self._random.randint(1, 150))) for name in names]
                moved(events, self.expected[partition])
                (offset,) = await self._writer.append([self._edge.seal(partition, events)])
                self.ends[partition] = offset + 1

    async def remembered(self) -> tuple[dict[int, int], Kept]:
        """The position and the values of each partition, as the next holder would read them."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, isolation_level="read_committed")
        await consumer.start()
        topic = changelog_name("transfers", self.generation)
        places = [TopicPartition(topic, partition) for partition in PARTITIONS]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        positions, kept = dict.fromkeys(PARTITIONS, 0), {partition: {} for partition in PARTITIONS}
        for place, end in (await consumer.end_offsets(places)).items():
            while await consumer.position(place) < end:
                for record in (await consumer.getmany(place, timeout_ms=500)).get(place, []):
                    name = orjson.loads(record.key).partition("|")[2]
                    if name:
                        kept[place.partition][name] = orjson.loads(record.value)[0]
                    else:
                        positions[place.partition] = Position.from_json(orjson.loads(record.value)).next_offset
        await consumer.stop()
        return positions, kept

    async def until_done(self) -> Kept:
        """What is remembered, once all of the log is in it."""
        _, kept = await until_told(self.remembered, lambda told: told[0] == self.ends, pause_s=0.3)
        return kept

    async def until_stopped(self) -> None:
        """The first worker stands still in the middle of a flush."""
        await until_it_holds((self._folder / "first" / "stopped").exists)

    async def until_continued(self) -> str:
        """What came of the late flush: `sent`, `fenced`, or `failed`; `ended` where Faust had ended the worker before it
        knew.
        """
        first, found = self._workers[0], list[str]()

        def look() -> bool:
            found[:] = [name for name in ("sent", "fenced", "failed") if (self._folder / "first" / name).exists()]
            if not found and first.starts > 1:
                found.append("ended")
            return bool(found)

        try:
            await until_it_holds(look)
        except TimeoutError:
            raise AssertionError((self._folder / "first.log").read_text()) from None
        return found[0]

    async def close(self) -> None:
        for worker in self._workers:
            await worker.end()
        await self._writer.close()


@asynccontextmanager
async def a_world(broker: KafkaBroker, folder: Path, generation: int, *control: str) -> AsyncIterator[World]:
    await create_topics(broker.bootstrap, generation, changelogs(generation, with_transfers()))
    world = World(broker.bootstrap, folder, generation, control)
    try:
        yield world
    finally:
        await world.close()


async def send_late(world: World, folder: Path) -> str:
    """Two workers, of which the first sends a flush when the second has gone on for long; then all begin anew. What came
    of the late flush.
    """
    first = world.start("first")
    await world.post(20)
    await world.until_done()
    (folder / "first" / "stop").touch()
    await world.post(1)
    await world.until_stopped()
    second = world.start("second")
    await world.post(20)
    await world.until_done()

    first.send(signal.SIGCONT)
    outcome = await world.until_continued()
    for worker in (first, second):
        worker.send(signal.SIGKILL)
    await world.post(5)
    return outcome


async def test_what_a_former_holder_sends_late_changes_nothing(broker: KafkaBroker, tmp_path: Path) -> None:
    """The sum holds, and everybody has what the oracle says."""
    async with a_world(broker, tmp_path, 1) as world:
        assert await send_late(world, tmp_path) in REFUSED
        kept = await world.until_done()

    assert kept == world.expected
    assert {sum(of.values()) for of in kept.values()} == {START * len(PEOPLE)}


async def test_the_harness_notices_a_flush_that_nobody_refuses(broker: KafkaBroker, tmp_path: Path) -> None:
    """The negative control: without the fence somebody has too much, and the log was read to its end."""
    async with a_world(broker, tmp_path, 2, "negative-control") as world:
        assert await send_late(world, tmp_path) == "sent"
        kept = await world.until_done()

    assert kept != world.expected


async def test_a_flush_that_is_on_its_way_at_a_rebalance_is_kept_or_refused_at_once(broker: KafkaBroker) -> None:
    """By the very worker that has sent it: it goes on, and what it reads then is the last flush that was kept."""
    await create_topics(broker.bootstrap, 3, changelogs(3, with_transfers()))
    held = [ProcessorPartition("transfers", partition) for partition in PARTITIONS]
    fenced = FencedChangelogs(broker.bootstrap, with_transfers(), 3)
    await fenced.take_over(held)
    kept = [0]
    outcomes: Counter[str] = Counter()

    async def flush_on_and_on() -> None:
        for number in count(1):
            drained = [
                Drained("transfers", partition, no_outputs(), Position(number), {"a": state.Kept(number, number - 1)})
                for partition in PARTITIONS
            ]
            try:
                await fenced.send(drained)
                kept.append(number)
            except FencedError:
                outcomes["refused"] += 1
            outcomes["flushes"] += 1

    try:
        flushing = asyncio.create_task(flush_on_and_on())
        async with asyncio.timeout(PATIENCE_S):
            while outcomes["refused"] < 3 or outcomes["flushes"] < 20:
                await asyncio.sleep(random.uniform(0, 0.2))
                await fenced.take_over(held)
                assert not flushing.done(), flushing.result()
        await cancel(flushing)
        await fenced.take_over(held)
        saved = [fenced.saved(*id_) for id_ in held]
    finally:
        await fenced.close()

    assert all(each.state["a"].value == each.position.next_offset for each in saved)
    assert all(each.position.next_offset >= kept[-1] for each in saved)


@pytest.mark.parametrize(("gives_way", "raised"), [(True, FencedError), (False, LogError)])
async def test_what_fails_for_whatever_reason_once_a_successor_begins_is_fenced(
    broker: KafkaBroker, gives_way: bool, raised: type[LogError]
) -> None:
    """A real broker answers the end of a transaction that it is about to undo with "unknown error", now and then."""
    await create_topics(broker.bootstrap)
    producer = FencedProducer(broker.bootstrap, "gives way", 1 << 20)
    await producer.start()

    async def unknown() -> None:
        if gives_way:
            producer.give_way()
        raise UnknownError

    begun = producer._producer
    assert begun is not None
    begun.commit_transaction = unknown

    with pytest.raises(LogError) as told:
        await producer.send([Batch(STATS.name, 8, [(b"k", b"first")])])
    assert type(told.value) is raised


async def test_of_two_producers_of_one_name_the_first_is_refused_and_undone(broker: KafkaBroker) -> None:
    """What it has begun and not ended is seen by nobody who reads what is committed."""
    await create_topics(broker.bootstrap)
    batch = Batch(STATS.name, 9, [(b"k", b"first")])
    first, second, third = (FencedProducer(broker.bootstrap, "of one name", 1 << 20) for _ in range(3))
    await first.start()
    assert await first.send([batch]) == [0]
    begun = first._producer
    assert begun is not None
    await begun.begin_transaction()
    await begun.send_and_wait(STATS.name, b"half", partition=9)

    await second.start()
    assert await second.send([batch._replace(records=[(b"k", b"second")])]) != [1]
    with pytest.raises(ProducerFenced):
        await begun.commit_transaction()
    await third.start()
    with pytest.raises(FencedError):
        await second.send([batch])

    async with AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, isolation_level="read_committed") as consumer:
        place = TopicPartition(STATS.name, 9)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        read = [record.value for record in (await consumer.getmany(place, timeout_ms=5_000))[place]]
    assert read == [b"first", b"second"]
    for producer in (first, third):
        await producer.close()
