"""Two raw topics of one edge, one of them the test kit's own, while the edge is killed, stopped and cut off.

    pairs --> one group --> segments --> (forwarder --> a proxy that loses acks --> Kafka) --> positions

Every pair that was acknowledged is read once in both topics; one that was not is in both or in neither.
"""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.edge.forwarder import Forwarder
from streams.drivers.embedded_driver import EmbeddedDriver
from streams.drivers.partition_fold import PartitionFold
from testkit.chaos import Chaos, Restarted
from testkit.example_topic import EXAMPLES, EchoProcessor, known
from testkit.kafka_broker import KafkaBroker
from testkit.kafka_proxy import KafkaProxy
from testkit.waiting import until_it_holds
from tilde.data_folder import edge_folder
from tilde.domain.log.position import Position
from tilde.eventlog import LogReader
from tilde.eventlog.kafka import KafkaLog, KafkaWriter
from tilde.eventlog.kafka_topics import create_topics
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.segments import segment_paths
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.clock import SystemClock
from tilde.schemas.topics import METRICS, STATS, Topic

pytestmark = pytest.mark.timeout(0)

FAULTS = int(os.environ.get("TILDE_FAULTS", "8"))
SEED = int(os.environ.get("TILDE_SEED", "1"))
WORKER = Path(__file__).with_name("two_topics_worker.py")
PATIENCE_S = 120
BETWEEN_S = (0.5, 1.5)
LOST = 3  # acks, at least: a busy machine may have sent little by the last fault


@pytest.fixture(autouse=True)
def examples() -> Iterator[None]:
    with known():
        yield


def acknowledged(data: Path) -> set[int]:
    """The ids that the edge's clients were told; the last line may have been cut by a kill."""
    return {int(line) for line in (data / "acknowledged").read_text().splitlines(keepends=True) if line.endswith("\n")}


def require_pairs(stats: Counter[int], examples: Counter[int], told: set[int]) -> None:
    """Each pair once, in both topics or in neither, and in both where somebody was told."""
    assert set(stats.values()) == {1}
    assert examples == stats
    assert told <= stats.keys()


# On Kafka.


async def counted(log: LogReader, topic: Topic) -> tuple[Counter[int], int]:
    """How often each pair counts by the position rule, and how many messages are there again. Raises HoleError."""
    counts: Counter[int] = Counter()
    repeats = 0
    for partition in range(topic.partitions):
        fold = PartitionFold(EchoProcessor(topic), partition, Position())
        seen: set[bytes] = set()
        while records := await log.read(topic.name, partition, fold.position.next_offset):
            for record in records:
                fold.take(record)
                repeats += record.value in seen
                seen.add(record.value)
        counts.update(map(int, fold.drain()[METRICS.name]))
    return counts, repeats


@pytest.mark.kafka
@pytest.mark.skipif(bool(KafkaBroker.missing()), reason=KafkaBroker.missing() or "Kafka can run")
async def test_pairs_of_two_topics_count_once_on_kafka_whatever_happens_to_the_edge(tmp_path: Path) -> None:
    """In order, partition by partition of each topic: a hole in one would stop its reader."""
    with KafkaBroker() as broker:
        await create_topics(broker.bootstrap)
        async with KafkaProxy(broker.bootstrap, SEED, loss=0.15) as proxy:
            edge = Restarted([sys.executable, str(WORKER), str(tmp_path), proxy.bootstrap], tmp_path / "edge.log")
            chaos = Chaos(SEED, [edge], broker)
            await chaos.run(FAULTS, between_s=BETWEEN_S)
            await until_it_holds(lambda: proxy.lost >= LOST)
            (tmp_path / "stop").touch()
            await edge.end()
        forwarder = Forwarder(edge_folder(tmp_path), KafkaWriter(broker.bootstrap), SystemClock())
        while await forwarder.step():
            pass
        await forwarder.close()
        log = KafkaLog(broker.bootstrap)
        stats, stats_repeats = await counted(log, STATS)
        examples, examples_repeats = await counted(log, EXAMPLES)
        await log.close()
    told = acknowledged(tmp_path)
    print(f"seed {SEED}, {dict(chaos.done)}, {edge.starts} starts, {proxy.lost} acks lost: {len(told)} pairs told,")
    print(f"{stats.total()} counted, {stats_repeats} and {examples_repeats} messages a second time")

    require_pairs(stats, examples, told)
    assert min(stats_repeats, examples_repeats, proxy.lost) > 0


# Embedded.


async def pairs(data: Path) -> tuple[Counter[int], Counter[int]]:
    """Goes on with both processors to the end; returns what each has ever written. Raises HoleError."""
    written = []
    log = SqliteLog(data)
    for topic in (STATS, EXAMPLES):
        outputs = LogFile(data / f"{topic.name}.sqlite", writes=True)
        driver = EmbeddedDriver(log, outputs, [EchoProcessor(topic)], SystemClock())
        while await driver.step():
            pass
        written.append(values_of(outputs))
        outputs.close()
    await log.close()
    return written[0], written[1]


def values_of(outputs: LogFile) -> Counter[int]:
    """The numbers in all partitions of an output topic."""
    ours = [outputs.read(METRICS.name, partition, 0, 1 << 30) for partition in range(METRICS.partitions)]
    return Counter(int(record.value) for records in ours for record in records)


async def test_pairs_of_two_topics_count_once_embedded_over_kills_of_the_edge(tmp_path: Path) -> None:
    """Read over the segments' borders while the edge runs, by a driver that begins anew after each kill."""
    kills = random.Random(SEED)
    edge = Restarted([sys.executable, str(WORKER), str(tmp_path)], tmp_path / "edge.log")
    for _ in range(FAULTS):
        await asyncio.sleep(kills.uniform(*BETWEEN_S))
        edge.send(signal.SIGKILL)
        stats, examples = await pairs(tmp_path)  # of which the second sees more: the edge is back meanwhile
        assert max((stats | examples).values(), default=1) == 1
    # How much was written says how fast the machine is.
    await until_it_holds(lambda: len(segment_paths(edge_folder(tmp_path))) > 1, pause_s=0.1, patience_s=PATIENCE_S)
    (tmp_path / "stop").touch()
    await edge.end()
    stats, examples = await pairs(tmp_path)
    print(f"seed {SEED}, {edge.starts} starts, {len(segment_paths(edge_folder(tmp_path)))} segments:", end=" ")
    print(f"{stats.total()} pairs, {len(acknowledged(tmp_path))} told")

    require_pairs(stats, examples, acknowledged(tmp_path))
