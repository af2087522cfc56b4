"""The topics of a Kafka in two files, so that a broker can be given what another one had: message by message, from the
first on, so that offsets stay what they are.

    topics.json    by topic: how many partitions it has, and what was set
    messages.avro  all messages

Faust's groups and Kafka's own topics are not in it: where Tilde goes on stands in its changelogs.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import fastavro
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

_BYTES = ["null", "bytes"]
_FIELDS = {"topic": "string", "partition": "int", "key": _BYTES, "value": _BYTES}
_MESSAGE = {"type": "record", "name": "Message", "fields": [{"name": name, "type": _FIELDS[name]} for name in _FIELDS]}
_SET = ("cleanup.policy", "retention.ms", "retention.bytes", "max.message.bytes", "min.insync.replicas")
_LED_MS = 60_000
_OWN = "__"  # what Kafka's own topics begin with


class _Message(NamedTuple):
    topic: str
    partition: int
    key: bytes | None
    value: bytes | None


class _Topic(NamedTuple):
    partitions: int
    config: dict[str, str]


def copy(bootstrap: str, folder: Path) -> None:
    """Leaves both files in a folder."""
    topics, messages = asyncio.run(_read(bootstrap))
    (folder / "topics.json").write_text(json.dumps(topics))
    with (folder / "messages.avro").open("wb") as file:
        fastavro.writer(file, _MESSAGE, [message._asdict() for message in messages])


def write(bootstrap: str, folder: Path) -> None:
    """Makes the topics, where none are, and writes into them."""
    topics = {name: _Topic(*topic) for name, topic in json.loads((folder / "topics.json").read_text()).items()}
    with (folder / "messages.avro").open("rb") as file:
        messages = [_Message(**message) for message in fastavro.reader(file)]  # type: ignore[arg-type]
    asyncio.run(_write(bootstrap, topics, messages))


async def _read(bootstrap: str) -> tuple[dict[str, _Topic], list[_Message]]:
    async with _admin(bootstrap) as admin:
        there = [each for each in await admin.describe_topics() if not each["topic"].startswith(_OWN)]
        partitions = {each["topic"]: len(each["partitions"]) for each in there}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in partitions]
        configs = [resource for answer in await admin.describe_configs(resources) for resource in answer.resources]
    topics = {
        name: _Topic(partitions[name], {entry[0]: entry[1] for entry in entries if entry[0] in _SET})
        for _, _, _, name, entries in configs
    }
    places = [TopicPartition(name, number) for name, topic in topics.items() for number in range(topic.partitions)]
    messages = [_Message(*message) async for message in _messages(bootstrap, places)]
    return topics, messages


async def _messages(bootstrap: str, places: list[TopicPartition]) -> AsyncIterator[tuple[Any, ...]]:
    """Partition by partition."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        for place, end in (await consumer.end_offsets(places)).items():
            consumer.assign([place])
            while await consumer.position(place) < end:
                for message in (await consumer.getmany(timeout_ms=200)).get(place, []):
                    yield message.topic, message.partition, message.key, message.value
    finally:
        await consumer.stop()


async def _write(bootstrap: str, topics: dict[str, _Topic], messages: Iterable[_Message]) -> None:
    async with _admin(bootstrap) as admin:
        made = [NewTopic(name, topic.partitions, 1, topic_configs=topic.config) for name, topic in topics.items()]
        answer = await admin.create_topics(made)
        assert not any(code for _, code, _ in answer.topic_errors), answer
    places = [TopicPartition(name, number) for name, topic in topics.items() for number in range(topic.partitions)]
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, request_timeout_ms=_LED_MS) as consumer:
        await consumer.end_offsets(places)  # before a leader answers it takes no messages
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for (topic, partition), each in groupby(messages, lambda message: message[:2]):
            sent = [await producer.send(topic, one.value, one.key, partition) for one in each]
            placed = [(await one).offset for one in sent]
            assert placed == list(range(len(placed))), f"{topic}/{partition} had something in it"
    finally:
        await producer.stop()


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
