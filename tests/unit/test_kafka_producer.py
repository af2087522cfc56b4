"""What a producer says of batches for several partitions, some of which the brokers did not take. Without brokers."""

import asyncio
from typing import Any, NamedTuple

import pytest
from aiokafka.errors import KafkaTimeoutError

from streams.contract import no_outputs
from streams.drivers.kafka.fenced_changelogs import FencedChangelogs
from streams.drivers.kafka.flushes import KafkaFlushes
from streams.drivers.kafka.holding import Drained
from streams.processors.stats import StatsProcessor
from tilde.domain.log.position import Position
from tilde.eventlog import LogError
from tilde.eventlog.kafka_producer import Batch, KafkaProducer
from tilde.schemas.progress import Milestone


class Ack(NamedTuple):
    """What a broker answers of a batch: where it stands."""

    offset: int


class HalfProducer(KafkaProducer):
    """Its batches for a partition in `fails` are refused at once; those of others are taken a moment later."""

    def __init__(self, *fails: int) -> None:
        super().__init__("nowhere:1", 1 << 20)
        self.fails = fails
        self.submitted: list[Batch] = []
        self.acked: list[int] = []
        self.given_up = 0

    async def _started(self) -> Any:
        return self

    async def _give_up(self, producer: Any) -> None:
        self.given_up += 1

    async def _submit(self, producer: Any, batch: Batch) -> "asyncio.Future[Any]":
        self.submitted.append(batch)
        return asyncio.ensure_future(self._answer(batch.partition))

    async def _answer(self, partition: int) -> Ack:
        if partition in self.fails:
            raise KafkaTimeoutError
        await asyncio.sleep(0.01)
        self.acked.append(partition)
        return Ack(-1 if partition == 15 else 100 * partition)


def batches(*partitions: int) -> list[Batch]:
    return [Batch("points", partition, [(None, b"x")]) for partition in partitions]


async def test_the_offsets_are_those_of_the_batches_in_their_order() -> None:
    assert await HalfProducer().send(batches(3, 1, 2)) == [300, 100, 200]


async def test_one_partition_that_fails_fails_all_once_every_answer_is_there() -> None:
    """What is said then is said of no partition; and the producer is not used again, or its retries would come later."""
    producer = HalfProducer(1)

    with pytest.raises(LogError, match="Kafka at nowhere:1 did not take a batch"):
        await producer.send(batches(3, 1, 2))

    assert (producer.acked, producer.given_up) == ([3, 2], 1)


async def test_a_repeat_whose_place_nobody_knows_is_no_answer() -> None:
    """Its offset is -1: a milestone from it would say that nothing stands there."""
    with pytest.raises(LogError, match="no longer knows where"):
        await HalfProducer().send(batches(3, 15))


def drained(partition: int, points: int) -> Drained:
    outputs = no_outputs()
    outputs["points"] = [b"x"] * points
    return Drained("stats", partition, outputs, Position(), {})


def flushes_over(producer: KafkaProducer) -> KafkaFlushes:
    flushes = KafkaFlushes("nowhere:1", 2, FencedChangelogs("nowhere:1", [StatsProcessor()], 2))
    flushes._producer = producer
    return flushes


async def test_outputs_end_behind_their_last_message_in_every_partition() -> None:
    """Cut into record batches or not; of one that has none nothing is said."""
    flushes = flushes_over(HalfProducer())

    assert await flushes.send_outputs([drained(3, 2), drained(1, 0), drained(2, 5)]) == {
        ("points", 3): 302,
        ("points", 2): 205,
    }


async def test_no_milestone_is_said_to_be_there_where_that_of_one_partition_is_not() -> None:
    """Positions go out behind it, and would hide it for ever."""
    milestones = [Milestone("stats", partition, 9, {}) for partition in (3, 1)]
    producer = HalfProducer(1)

    with pytest.raises(LogError):
        await flushes_over(producer).send_progress(milestones)
    with pytest.raises(LogError):
        await flushes_over(producer).send_positions([drained(3, 1), drained(1, 1)])

    assert [(batch.topic, batch.partition) for batch in producer.submitted[:2]] == [
        ("progress.g2", 3),
        ("progress.g2", 1),
    ]
