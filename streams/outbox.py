"""What a flush writes to Kafka, and in which order."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import orjson

from streams.processors.contract import Outputs
from streams.topology import changelog_name
from tilde.domain.position import Position
from tilde.eventlog.kafka import topic_name
from tilde.eventlog.kafka_producer import Batch, KafkaProducer
from tilde.portions import portions as cut

RECORD_BATCH_BYTES_MAX = 8 << 20  # a changelog admits that much: state and position of a partition are one record batch
OUTPUT_BATCH_BYTES_MAX = 1 << 20  # outputs need not be atomic; half of what their topics admit
OVERHEAD_BYTES = 32  # a record takes so much beside its value, at most


class Drained(NamedTuple):
    """What one partition under one processor gives to a flush."""

    processor: str
    partition: int
    outputs: Outputs
    position: Position


def position_key(partition: int) -> str:
    """The key of a partition's position record. What stands before the `|` says which partition a record belongs to."""
    return f"{partition}|"


class Outbox:
    """Writes flushes. What a method returned for is on the brokers' disks. Raises LogError."""

    def __init__(self, bootstrap: str, generation: int) -> None:
        self._generation = generation
        self._producer = KafkaProducer(bootstrap, RECORD_BATCH_BYTES_MAX)

    async def send_outputs(self, drained: Sequence[Drained]) -> None:
        """The outputs: to be acknowledged before any position that says they are done is sent."""
        await self._producer.send([batch for each in drained for batch in self._output_batches(each)])

    def _output_batches(self, drained: Drained) -> Iterator[Batch]:
        for topic, messages in drained.outputs.items():
            name = topic_name(topic, self._generation)
            for portion in portions(messages, OUTPUT_BATCH_BYTES_MAX):
                yield Batch(name, drained.partition, [(None, message) for message in portion])

    async def send_positions(self, drained: Sequence[Drained]) -> None:
        """The positions: one record batch a partition, atomic there."""
        await self._producer.send([self._changelog_batch(each) for each in drained])

    def _changelog_batch(self, drained: Drained) -> Batch:
        key = orjson.dumps(position_key(drained.partition))
        value = orjson.dumps(drained.position.to_json())
        return Batch(changelog_name(drained.processor, self._generation), drained.partition, [(key, value)])

    async def close(self) -> None:
        """Closes the connections."""
        await self._producer.close()


def portions(messages: list[bytes], bytes_max: int) -> Iterator[list[bytes]]:
    """The messages in order, cut so that each portion fits into a record batch of `bytes_max`."""
    return cut(messages, lambda message: len(message) + OVERHEAD_BYTES, bytes_max)
