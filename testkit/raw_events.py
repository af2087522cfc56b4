"""What stands in a raw topic, for tests that count it again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from testkit.kafka_broker import KafkaBroker
from testkit.once import each_once
from tilde.eventlog.kafka import KafkaLog
from tilde.eventlog.segments import SegmentReader
from tilde.schemas.codec import decode
from tilde.schemas.topics import Topic


def events_in(folder: Path, topic: Topic) -> list[dict[str, Any]]:
    """The durable events of a topic in the folder of an edge, as others read them, in the order of their ids."""
    reader = SegmentReader(folder)
    try:
        return sorted(_events(reader, topic), key=lambda event: int(event["event"]))
    finally:
        reader.close()


def _events(reader: SegmentReader, topic: Topic) -> Iterator[dict[str, Any]]:
    for partition in range(topic.partitions):
        for record in reader.read(topic.name, partition, 0, 1 << 30):
            yield from decode(record.value, topic.subject)["events"]


async def events_on(broker: KafkaBroker, topic: Topic) -> list[dict[str, Any]]:
    """The events of a topic, each once: a batch may have been shipped twice."""
    log = KafkaLog(broker.bootstrap)
    try:
        return (await each_once(log, topic)).events
    finally:
        await log.close()
