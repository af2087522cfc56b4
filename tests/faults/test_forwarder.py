"""The forwarder under lost acknowledgements, SIGKILL, SIGTERM, standstills and a broker that pauses.

    the edge's segments --> forwarder (killed) --> a proxy that loses acks --> broker (paused) --> stats

Batches may arrive twice; by the position rule each counts once, and none is missing.
"""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from testkit.chaos import Chaos, Restarted
from testkit.kafka_broker import KafkaBroker
from testkit.kafka_proxy import KafkaProxy
from testkit.once import each_once
from testkit.sealed import FakeEdge
from tilde.eventlog.kafka import KafkaLog
from tilde.eventlog.kafka_topics import create_topics
from tilde.eventlog.segments import SegmentWriter, segment_paths
from tilde.schemas.topics import STATS

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.timeout(0),
    pytest.mark.skipif(bool(KafkaBroker.missing()), reason=KafkaBroker.missing() or "Kafka can run"),
]

FAULTS = int(os.environ.get("TILDE_FAULTS", "12"))
SEED = int(os.environ.get("TILDE_SEED", "1"))
FORWARDER = Path(__file__).with_name("forwarder_worker.py")
SETTLE_S = 60


class Writer:
    """An edge's log that grows: sealed batches, and a border between segments now and then."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._segments = SegmentWriter(folder)
        self._random = random.Random(seed)
        self._edge = FakeEdge()
        self.batches = 0
        self.sent: list[int] = []

    async def run(self) -> None:
        while True:
            for _ in range(self._random.randint(1, 5)):
                posts = [self._edge.post("s") for _ in range(self._random.choice([1, 5, 50]))]
                self.sent += [post["id"] for post in posts]
                self._segments.append([self._edge.seal(self._random.randrange(STATS.partitions), posts)])
                self.batches += 1
            if self._random.random() < 0.02:
                self._segments.begin_segment()
            await asyncio.sleep(self._random.uniform(0, 0.05))

    def close(self) -> None:
        self._segments.begin_segment()
        self._segments.close()


async def killed_behind_a_lost_ack(forwarder: Restarted, proxy: KafkaProxy) -> None:
    """The one fault after which a batch comes a second time: a producer that lives on is recognized by the broker."""
    killed = asyncio.Event()

    def kill() -> None:
        if forwarder.send(signal.SIGKILL):
            killed.set()

    proxy.when_lost = kill
    await asyncio.wait_for(killed.wait(), SETTLE_S)
    proxy.when_lost = None


async def test_each_event_counts_once_whatever_is_lost(tmp_path: Path) -> None:
    """What the edge has sealed is in Kafka, in order, without a hole; what is there twice is a repeat by its header."""
    folder = tmp_path / "edge"
    with KafkaBroker() as broker:
        await create_topics(broker.bootstrap)
        log = KafkaLog(broker.bootstrap)
        async with KafkaProxy(broker.bootstrap, SEED, loss=0.15) as proxy:
            writer = Writer(folder, SEED)
            forwarder = Restarted(
                [sys.executable, str(FORWARDER), proxy.bootstrap, str(folder)], tmp_path / "forwarder.log"
            )
            writing = asyncio.create_task(writer.run())
            chaos = Chaos(SEED, [forwarder], broker)
            await chaos.run(FAULTS, between_s=(0.5, 3.0))
            await killed_behind_a_lost_ack(forwarder, proxy)
            writing.cancel()
            writer.close()
            for _ in range(SETTLE_S):
                events, batches = await each_once(log, STATS)
                if len(events) >= len(writer.sent) and len(segment_paths(folder)) == 1:
                    break
                await asyncio.sleep(1)
            await forwarder.end()
        await log.close()
    repeats = batches - writer.batches
    print(f"seed {SEED}, {dict(chaos.done)}, {proxy.lost} of {proxy.lost + proxy.passed} acks lost:", end=" ")
    print(f"{len(writer.sent)} events, {writer.batches} batches, {repeats} of them a second time")

    assert Counter(event["id"] for event in events) == Counter(writer.sent)
    assert proxy.lost > 0
    assert repeats > 0
    assert len(segment_paths(folder)) == 1
