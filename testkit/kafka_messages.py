"""All that a Kafka has: every message of every topic, changelogs and Kafka's own topics too."""

import asyncio
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient


class KeptMessage(NamedTuple):
    """One, and the topic it stands in."""

    topic: str
    key: bytes
    value: bytes


def every_message(bootstrap: str) -> list[KeptMessage]:
    """Those that stand there when it is called."""
    return asyncio.run(_read(bootstrap))


async def _places(bootstrap: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        topics = await admin.describe_topics()
    finally:
        await admin.close()
    return [TopicPartition(topic["topic"], each["partition"]) for topic in topics for each in topic["partitions"]]


async def _read(bootstrap: str) -> list[KeptMessage]:
    places = await _places(bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found: list[KeptMessage] = []
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                found += [KeptMessage(each.topic, each.key or b"", each.value or b"") for each in messages]
        return found
    finally:
        await consumer.stop()
