"""Writes flushes to Kafka: outputs and progress to their topics, state and position to the processor's changelog."""

import asyncio
from collections.abc import Awaitable, Collection, Iterator, Sequence
from typing import Protocol

import orjson

from streams.drivers.kafka.holding import Drained, OutputPartition
from streams.drivers.kafka.names import changelog_name
from streams.state import Kept
from tilde.eventlog.kafka import KafkaLog, topic_name
from tilde.eventlog.kafka_producer import Batch, KafkaProducer
from tilde.eventlog.kafka_topics import CHANGELOG_BYTES_MAX
from tilde.runtime.portions import portions_by_size
from tilde.schemas.progress import Milestone, milestone_message
from tilde.schemas.topics import PROGRESS

OUTPUT_BATCH_BYTES_MAX = 1 << 20  # outputs need not be atomic; half of what their topics admit
OVERHEAD_BYTES = 32  # a record takes so much beside its value, at most


def record_key(partition: int, key: str = "") -> str:
    """The key of a record in a changelog: that of the position, or of a value of the state. What stands before the `|`
    says which partition a record belongs to.
    """
    return f"{partition}|{key}"


class Changelogs(Protocol):
    """Where what processors remember is written, by one at a time (`fenced_changelogs.py`)."""

    def have(self, processor: str) -> bool:
        """Whether what this processor remembers is written here: that of one that remembers nothing is nowhere."""
        ...

    def send(self, drained: Sequence[Drained]) -> Awaitable[None]:
        """Makes state and positions durable, as whoever holds them at the call. Raises FencedError, LogError."""
        ...


class KafkaFlushes:
    """The Flushes of a generation. What a method returned for is on the brokers' disks. Raises LogError."""

    def __init__(self, bootstrap: str, generation: int, changelogs: Changelogs) -> None:
        self._generation = generation
        self._changelogs = changelogs
        self._producer = KafkaProducer(bootstrap, CHANGELOG_BYTES_MAX)
        self._log = KafkaLog(bootstrap, generation)

    async def send_outputs(self, drained: Sequence[Drained]) -> dict[OutputPartition, int]:
        """The outputs: to be acknowledged before anything that says they are done is sent. Returns the offset behind
        the last one of each partition.
        """
        sent = [portion for each in drained for portion in _output_portions(each)]
        batches = [
            Batch(topic_name(topic, self._generation), partition, [(None, message) for message in messages])
            for (topic, partition), messages in sent
        ]
        ends: dict[OutputPartition, int] = {}
        for (where, messages), offset in zip(sent, await self._producer.send(batches), strict=True):
            ends[where] = max(ends.get(where, 0), offset + len(messages))
        return ends

    async def ends(self, partitions: Collection[OutputPartition]) -> dict[OutputPartition, int]:
        """Where output partitions end now."""
        return await self._log.end_offsets(list(partitions))

    async def send_progress(self, milestones: Sequence[Milestone]) -> None:
        """What holds of outputs that were acknowledged: to be acknowledged before their positions are sent, or nobody
        would say it after a crash.
        """
        name = topic_name(PROGRESS.name, self._generation)
        await self._producer.send(
            [Batch(name, each.partition, [(None, milestone_message(each))]) for each in milestones]
        )

    async def send_positions(self, drained: Sequence[Drained]) -> None:
        """The positions: one record batch a partition, atomic there. Those of processors that remember something go
        with what of the state they cover, and are sent as who holds them now: nothing is awaited before.
        """
        fenced = [each for each in drained if self._changelogs.have(each.processor)]
        plain = [
            changelog_batch(each, self._generation) for each in drained if not self._changelogs.have(each.processor)
        ]
        sending = self._producer.send(plain), self._changelogs.send(fenced)
        for outcome in await asyncio.gather(*sending, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def close(self) -> None:
        """Closes the connections."""
        await self._producer.close()
        await self._log.close()


def changelog_batch(drained: Drained, generation: int) -> Batch:
    """State and position of a partition. A driver gathers no more than fits."""
    records = [_state_record(drained.partition, key, kept) for key, kept in drained.state.items()]
    position = orjson.dumps(record_key(drained.partition)), orjson.dumps(drained.position.to_json())
    whole = [*records, position]
    size = sum(map(_record_bytes, whole))
    assert size <= CHANGELOG_BYTES_MAX, f"{drained.processor}/{drained.partition}: {size} bytes are no one batch"
    return Batch(changelog_name(drained.processor, generation), drained.partition, whole)


def _state_record(partition: int, key: str, kept: Kept) -> tuple[bytes, bytes]:
    return orjson.dumps(record_key(partition, key)), orjson.dumps(list(kept))


def _record_bytes(record: tuple[bytes, bytes]) -> int:
    key, value = record
    return len(key) + len(value) + OVERHEAD_BYTES


def _output_portions(drained: Drained) -> Iterator[tuple[OutputPartition, list[bytes]]]:
    for topic, messages in drained.outputs.items():
        for portion in record_batches(messages, OUTPUT_BATCH_BYTES_MAX):
            yield (topic, drained.partition), portion


def record_batches(messages: list[bytes], bytes_max: int) -> Iterator[list[bytes]]:
    """The messages in order, cut so that each portion fits into a record batch of `bytes_max`."""
    return portions_by_size(messages, lambda message: len(message) + OVERHEAD_BYTES, bytes_max)
