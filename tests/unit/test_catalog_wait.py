"""A batch that names an entry of `catalog` that this process has not read: who waits for it, who does not, and what is
told. `labelling` looks things up as of its batches; `echo_examples` reads the same topic, and needs nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from streams.contract import Processor
from streams.drivers.embedded_driver import EmbeddedDriver
from streams.drivers.kafka import catching_up
from streams.drivers.kafka.driver import KafkaDriver
from streams.drivers.kafka.holding import Drained, OutputPartition, ProcessorPartition, SourcePartition
from streams.drivers.kafka.pulse import Pulse
from streams.drivers.kafka.watchdog import LOST_TAIL_S, TAIL_REPAIRS_MAX
from testkit import example_topic, labels
from testkit.example_topic import EXAMPLES, EchoProcessor
from testkit.fixed_clock import FixedClock
from testkit.labels import LabellingProcessor, a_label_message
from testkit.memory_flushes import MemoryFlushes
from testkit.memory_log import MemoryLog
from testkit.sealed import FakeEdge
from testkit.waiting import PATIENCE_S, until_it_holds
from tilde.catalog.follower import CatalogFollower
from tilde.eventlog import Append, LogError, Record
from tilde.eventlog.logfile import LogFile
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import cancel
from tilde.schemas.codec import decode
from tilde.schemas.progress import milestone_of
from tilde.schemas.topics import CATALOG, METRICS, PROGRESS

MISSING = "was taken in after entry 2 of the catalog, which ends at entry 1"


@pytest.fixture(autouse=True)
def noun():
    with example_topic.known(), labels.known():
        yield


class CatalogAway(MemoryLog):
    """The catalog cannot be read while it `is_away`; `reads` counts how often somebody tried. `held` stops whoever reads
    examples.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_away = False
        self.reads = 0
        self.held: asyncio.Event | None = None

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        if topic == CATALOG.name:
            self.reads += 1
            if self.is_away:
                raise LogError("away")
        elif self.held is not None:
            await self.held.wait()
        return await super().read(topic, partition, offset, bytes_max)

    async def end_offsets(self, partitions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        return {partition: await self.end_offset(*partition) for partition in partitions}


class Place:
    """A log with an edge that posts, and one that sets labels."""

    def __init__(self) -> None:
        self.log = CatalogAway()
        self.edge = FakeEdge()
        self.entries = 0

    async def label(self, label: str) -> None:
        self.entries += 1
        await self.log.append([Append(CATALOG.name, 0, [a_label_message(self.entries, "noted", label)])])

    async def post(self, partition: int, as_of: int) -> Record:
        """A batch of one event, that is sealed after that many entries."""
        id_ = self.edge.next_id()
        batch = self.edge.seal(partition, [{"id": id_, "pair": id_, "note": "noted"}], EXAMPLES, as_of)
        offset = await self.log.end_offset(EXAMPLES.name, partition)
        await self.log.append([batch])
        return Record(offset, batch.values[0])


def labels_of(values: Sequence[bytes]) -> list[str]:
    return [decode(value, METRICS.subject)["name"] for value in values if not value[0]]


def echoes_of(values: Sequence[bytes]) -> int:
    return sum(1 for value in values if value[0])


# Embedded


class Embedded(Place):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.file = LogFile(folder / "outputs", writes=True)
        processors: list[Processor] = [LabellingProcessor(CatalogFollower(self.log)), EchoProcessor(EXAMPLES)]
        self.driver = EmbeddedDriver(self.log, self.file, processors, SystemClock())

    def values(self, partition: int) -> list[bytes]:
        return [record.value for record in self.file.read(METRICS.name, partition, 0, 1 << 30)]


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Embedded]:
    place = Embedded(tmp_path)
    yield place
    place.file.close()


async def test_embedded_an_entry_that_is_there_is_read_first(embedded: Embedded) -> None:
    """A follower that was slow costs no step."""
    await embedded.label("red")
    await embedded.post(0, as_of=1)

    assert await embedded.driver.step() == 1
    assert labels_of(embedded.values(0)) == ["red"]


async def test_embedded_only_who_needs_what_is_missing_waits_and_it_is_told_once(
    embedded: Embedded, capsys: pytest.CaptureFixture[str]
) -> None:
    """A catalog that was restored from an older backup: no replay could give another answer than to wait for it."""
    await embedded.label("red")
    await embedded.post(0, as_of=1)
    await embedded.post(0, as_of=2)
    await embedded.post(0, as_of=1)
    await embedded.post(1, as_of=1)
    for _ in range(3):
        while await embedded.driver.step():
            pass
    told = capsys.readouterr().err

    assert (labels_of(embedded.values(0)), labels_of(embedded.values(1))) == (["red"], ["red"])
    assert (echoes_of(embedded.values(0)), echoes_of(embedded.values(1))) == (3, 1)
    assert told.count("\n") == 1
    assert f"examples/0: the batch at offset 1 {MISSING}" in told
    assert "Processor labelling waits there" in told

    await embedded.label("blue")
    while await embedded.driver.step():
        pass

    assert labels_of(embedded.values(0)) == ["red", "blue", "red"]
    assert capsys.readouterr().err == "tilde pipeline: examples/0: processor labelling goes on\n"


async def test_embedded_who_waits_makes_the_driver_no_busier(embedded: Embedded) -> None:
    """A step in which nobody has taken anything says so, and the driver rests."""
    await embedded.post(0, as_of=2)
    await embedded.driver.step()
    reads = embedded.log.reads

    assert await embedded.driver.step() == 0
    assert embedded.log.reads == reads + 1


async def test_embedded_a_catalog_that_is_away_stops_nobody_else(
    embedded: Embedded, capsys: pytest.CaptureFixture[str]
) -> None:
    await embedded.label("red")
    await embedded.post(0, as_of=1)
    embedded.log.is_away = True
    for _ in range(3):
        await embedded.driver.step()
    told_of_it = capsys.readouterr().err
    seen = labels_of(embedded.values(0)), echoes_of(embedded.values(0))
    embedded.log.is_away = False
    await embedded.driver.step()

    assert seen == ([], 1)
    assert labels_of(embedded.values(0)) == ["red"]
    assert [line.count("does not answer") for line in told_of_it.splitlines()] == [1]
    assert "answers again" in capsys.readouterr().err


# On Kafka, without Kafka: deliveries as Faust would make them


class FlushesByProcessor(MemoryFlushes):
    """Both processors write the same output: `rows` has what each of them has written."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: defaultdict[ProcessorPartition, list[bytes]] = defaultdict(list)

    async def send_outputs(self, drained: Sequence[Drained]) -> dict[OutputPartition, int]:
        for each in drained:
            self.rows[ProcessorPartition(each.processor, each.partition)] += each.outputs[METRICS.name]
        return await super().send_outputs(drained)


LABELLING_0 = ProcessorPartition("labelling", 0)


class OnKafka(Place):
    IDS = tuple(ProcessorPartition(name, partition) for name in ("labelling", "echo_examples") for partition in (0, 1))

    def __init__(self) -> None:
        super().__init__()
        self.flushes, self.clock = FlushesByProcessor(), FixedClock(0)
        self.follower = CatalogFollower(self.log)
        self.driver = KafkaDriver(
            [LabellingProcessor(self.follower), EchoProcessor(EXAMPLES)],
            self.flushes,
            self.flushes,
            lambda: self.log,
            Pulse(self.clock),
            self.clock,
        )
        self.driver.assign(self.IDS)

    async def deliver(self, partition: int, as_of: int) -> None:
        await self.driver.deliver(SourcePartition(EXAMPLES.name, partition), await self.post(partition, as_of))

    @asynccontextmanager
    async def catching_up(self) -> AsyncIterator[None]:
        """What runs beside a driver: it brings on who was left behind."""
        running = asyncio.create_task(self.driver.catching_up.run())
        yield
        await cancel(running)

    async def reached(self, next_offset: int) -> None:
        """Returns once partition 0 of `labelling` is that far."""
        await until_it_holds(lambda: self.driver.next_offsets[LABELLING_0] >= next_offset, pause_s=0.001)

    async def looks(self, more: int) -> None:
        """Returns once the catalog was looked at so many times more."""
        reads = self.log.reads + more
        await until_it_holds(lambda: self.log.reads >= reads, pause_s=0.001)

    async def labels(self, partition: int) -> list[str]:
        await self.driver.flush()
        return labels_of(self.flushes.rows[ProcessorPartition("labelling", partition)])

    async def echoes(self, partition: int) -> int:
        await self.driver.flush()
        return len(self.flushes.rows[ProcessorPartition("echo_examples", partition)])


@pytest.fixture
async def kafka(monkeypatch: pytest.MonkeyPatch) -> OnKafka:
    monkeypatch.setattr(catching_up, "LOOK_S", 0.001)
    return OnKafka()


async def test_a_partition_that_waits_is_passed_by_and_catches_up(kafka: OnKafka) -> None:
    """Faust brings one message of a topic after the other: none of them may wait for another partition's."""
    await kafka.label("red")
    await kafka.label("blue")
    for as_of in (2, 1, 0):
        await kafka.deliver(0, as_of)
    await kafka.deliver(1, 0)
    before = await kafka.labels(0), await kafka.echoes(0), await kafka.labels(1)

    async with kafka.catching_up():
        await kafka.reached(3)
        await kafka.deliver(0, 2)
        await kafka.reached(4)

    assert before == ([], 3, [""])
    assert await kafka.labels(0) == ["blue", "red", "", "blue"]


async def test_a_partition_whose_entry_is_missing_waits_and_it_is_told_once(
    kafka: OnKafka, capsys: pytest.CaptureFixture[str]
) -> None:
    await kafka.label("red")
    for as_of in (1, 2, 1):
        await kafka.deliver(0, as_of)
    async with kafka.catching_up():
        await kafka.reached(1)
        await kafka.looks(5)
        told = capsys.readouterr().err
        before = await kafka.labels(0), await kafka.echoes(0)
        await kafka.label("blue")
        await kafka.reached(3)

    assert before == (["red"], 3)
    assert told.count("\n") == 1
    assert f"tilde streams: examples/0: the batch at offset 1 {MISSING}" in told
    assert await kafka.labels(0) == ["red", "blue", "red"]
    assert capsys.readouterr().err == "tilde streams: examples/0: processor labelling goes on\n"


async def test_a_catalog_that_is_away_is_told_and_waited_for(
    kafka: OnKafka, capsys: pytest.CaptureFixture[str]
) -> None:
    await kafka.label("red")
    kafka.log.is_away = True
    await kafka.deliver(0, 1)
    async with kafka.catching_up():
        await kafka.looks(5)
        told = capsys.readouterr().err
        kafka.log.is_away = False
        await kafka.reached(1)

    assert await kafka.labels(0) == ["red"]
    assert [line.count("does not answer") for line in told.splitlines()] == [1]
    assert "answers again" in capsys.readouterr().err


async def test_deliveries_go_on_while_a_partition_catches_up(kafka: OnKafka) -> None:
    """It reads back what came while it waited, which may be much; and what comes meanwhile, too."""
    await kafka.label("red")
    for _ in range(3):
        await kafka.deliver(0, 1)
    kafka.log.held = asyncio.Event()
    async with kafka.catching_up():
        await kafka.looks(1)
        async with asyncio.timeout(PATIENCE_S):
            await kafka.deliver(0, 1)
            await kafka.deliver(1, 0)
        echoed = await kafka.echoes(0), await kafka.echoes(1), await kafka.labels(1)
        before = await kafka.labels(0)
        kafka.log.held.set()
        await kafka.reached(4)

    assert (echoed, before) == ((4, 1, [""]), [])
    assert await kafka.labels(0) == ["red"] * 4


async def test_a_partition_that_waits_is_no_lost_tail(kafka: OnKafka) -> None:
    """The watchdog leaves it alone, however long that lasts."""
    await kafka.deliver(0, 2)
    for _ in range(2 * TAIL_REPAIRS_MAX + 2):
        await kafka.driver.watchdog.look(kafka.log)
        kafka.clock.advance(int(LOST_TAIL_S * 1000) + 100)
        await kafka.driver.watchdog.look(kafka.log)

    assert kafka.driver.next_offsets[LABELLING_0] == 0


async def test_a_gap_is_read_back_up_to_what_has_to_wait(kafka: OnKafka) -> None:
    await kafka.label("red")
    for as_of in (0, 1):
        await kafka.post(0, as_of)
    await kafka.deliver(0, 1)
    before = await kafka.labels(0)

    async with kafka.catching_up():
        await kafka.reached(3)

    assert before == [""]
    assert await kafka.labels(0) == ["", "red", "red"]


async def test_a_partition_that_waited_is_begun_anew_after_a_rebalance(kafka: OnKafka) -> None:
    """Its next holder has a copy of the catalog of his own, and begins at the position."""
    await kafka.label("red")
    await kafka.deliver(0, 0)
    await kafka.deliver(0, 1)
    await kafka.driver.flush()
    kafka.driver.revoke()
    assert await kafka.driver.catching_up.step(), "nothing is held, so nobody waits"
    await kafka.follower.read_to_end()
    kafka.driver.assign(kafka.IDS)

    await kafka.deliver(0, 1)

    assert await kafka.labels(0) == ["", "red", "red"]


async def test_who_is_left_behind_later_is_brought_on_too(kafka: OnKafka) -> None:
    await kafka.label("red")
    async with kafka.catching_up():
        await asyncio.sleep(0)
        await kafka.deliver(0, 1)
        await kafka.reached(1)

    assert await kafka.labels(0) == ["red"]


async def test_progress_is_not_ahead_of_who_waits(tmp_path: Path) -> None:
    """Two processors read the topic, and one of them waits at the second batch: only the first one is done."""
    place = Embedded(tmp_path)
    await place.label("red")
    await place.post(0, as_of=1)
    await place.post(0, as_of=2)
    while await place.driver.step():
        pass

    (*_, last) = place.file.read(PROGRESS.name, 0, 0, 1 << 30)
    assert milestone_of(last.value).next_offset == 1
