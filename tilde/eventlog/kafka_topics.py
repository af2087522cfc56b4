"""Makes the topics on Kafka, and says where those that exist are not as they must be; for `tilde migrate`."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from tilde.errors import TildeError
from tilde.eventlog.kafka import topic_name
from tilde.eventlog.port import LogError
from tilde.schemas.topics import DERIVED, TOPICS, Lifetime, Topic

RETENTION_HOURS = 7 * 24
RECORD_BATCH_BYTES_MAX = 2 << 20  # a message of 1 MiB, and what comes around it
CHANGELOG_BYTES_MAX = 8 << 20  # state records and position of one flush are one record batch
REPLICAS = 3  # or as many as there are brokers
TIMEOUT_MS = 10_000
LED_MS = 60_000  # a broker makes the files of hundreds of partitions, and refuses records until it has
POLL_S = 0.1
_OPERATORS = "retention.ms", "max.message.bytes", "min.insync.replicas"  # of topics that can be made again


class TopicsDifferError(TildeError):
    """Topics exist that are not as they must be: going on would lose data or count wrongly."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    partitions: int
    config: Mapping[str, str]
    is_truth: bool


async def create_topics(
    bootstrap: str,
    generation: int = 1,
    changelogs: Mapping[str, int] | None = None,
    retention_hours: int = RETENTION_HOURS,
) -> list[str]:
    """Makes the topics that are missing, and returns their names once each of their partitions takes records.
    `changelogs`: partitions by name.

    May be repeated at any time. Raises TopicsDifferError, which names all differences, and LogError.
    """
    async with _admin(bootstrap) as admin:
        replicas = min(REPLICAS, len((await admin.describe_cluster())["brokers"]))
        wanted = _wanted(generation, changelogs, retention_hours)
        there = await _partitions(admin)
        made = await _create(admin, [topic for topic in wanted if topic.name not in there], replicas)
        async with asyncio.timeout(TIMEOUT_MS / 1000):
            while not {topic.name for topic in wanted} <= there.keys():  # the brokers hear of a topic one by one
                await asyncio.sleep(POLL_S)
                there = await _partitions(admin)
        await _verify(admin, wanted, there)
        if made:
            await _led(bootstrap, [TopicPartition(name, number) for name in made for number in range(there[name])])
    return made


async def has_topic(bootstrap: str, topic: Topic) -> bool:
    """Whether a topic that no generation has for itself is there. Raises LogError."""
    async with _admin(bootstrap) as admin:
        return topic.name in await _partitions(admin)


async def require_topics(bootstrap: str, generation: int, changelogs: Mapping[str, int]) -> None:
    """Returns where all topics are there and as they must be. Raises TopicsDifferError, LogError."""
    async with _admin(bootstrap) as admin:
        wanted = _wanted(generation, changelogs, RETENTION_HOURS)
        there = await _partitions(admin)
        if missing := [topic.name for topic in wanted if topic.name not in there]:
            raise TopicsDifferError(f"Kafka has no topic {', '.join(missing)}: `tilde migrate` makes them")
        await _verify(admin, wanted, there)


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=TIMEOUT_MS)
    try:
        await admin.start()
        yield admin
    except (KafkaError, OSError, TimeoutError) as cause:
        raise LogError(f"Kafka at {bootstrap}: {str(cause) or type(cause).__name__}") from cause
    finally:
        await admin.close()


async def delete_topics(bootstrap: str, generation: int, changelogs: Mapping[str, int]) -> None:
    """Deletes the derived topics and changelogs of a generation that nobody reads any more, and returns when they are
    gone. May be repeated at any time. Raises LogError where one is not deleted, or is not gone in time.
    """
    names = [topic_name(topic.name, generation) for topic in DERIVED] + list(changelogs)
    async with _admin(bootstrap) as admin:
        await _delete(admin, names)
        async with asyncio.timeout(TIMEOUT_MS / 1000):
            while not (await _partitions(admin)).keys().isdisjoint(names):  # brokers hear of it one by one, here too
                await asyncio.sleep(POLL_S)


def _wanted(generation: int, changelogs: Mapping[str, int] | None, retention_hours: int) -> list[_Wanted]:
    topics = [_topic(topic, generation, retention_hours) for topic in TOPICS.values()]
    return topics + [_changelog(name, partitions) for name, partitions in (changelogs or {}).items()]


def _topic(topic: Topic, generation: int, retention_hours: int) -> _Wanted:
    is_truth = topic.lifetime is Lifetime.FOR_EVER
    config = {
        "cleanup.policy": "delete",
        "retention.ms": "-1" if is_truth else str(retention_hours * 3_600_000),
        "retention.bytes": "-1",
        "max.message.bytes": str(RECORD_BATCH_BYTES_MAX),
    }
    return _Wanted(topic_name(topic.name, generation), topic.partitions, config, is_truth)


def _changelog(name: str, partitions: int) -> _Wanted:
    config = {"cleanup.policy": "compact", "max.message.bytes": str(CHANGELOG_BYTES_MAX)}
    return _Wanted(name, partitions, config, is_truth=False)


async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, int]:
    """How many partitions each topic has that there is."""
    return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}


async def _create(admin: AIOKafkaAdminClient, wanted: Iterable[_Wanted], replicas: int) -> list[str]:
    # One replica fewer may be in sync than there are: a broker can be restarted without a pause.
    in_sync = {"min.insync.replicas": str(max(1, replicas - 1))}
    topics = [
        NewTopic(topic.name, topic.partitions, replicas, topic_configs={**topic.config, **in_sync}) for topic in wanted
    ]
    answers = (await admin.create_topics(topics)).topic_errors if topics else []
    for name, code, message in answers:
        if code and code != TopicAlreadyExistsError.errno:  # another `tilde migrate` was quicker
            raise TildeError(f"Kafka does not make topic {name}: {message or for_code(code).__name__}")
    return [name for name, code, _ in answers if not code]


async def _led(bootstrap: str, partitions: list[TopicPartition]) -> None:
    """Returns when the leader of each answers: for a while it is one only in the brokers' list. Raises KafkaError."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, request_timeout_ms=LED_MS) as consumer:
        await consumer.end_offsets(partitions)


async def _delete(admin: AIOKafkaAdminClient, names: Iterable[str]) -> None:
    there = await _partitions(admin)
    doomed = [name for name in names if name in there]
    answers = (await admin.delete_topics(doomed)).topic_error_codes if doomed else []
    refusals = [
        f"{name}: {for_code(code).__name__}"
        for name, code in answers
        if code and code != UnknownTopicOrPartitionError.errno  # another `tilde replay` was quicker
    ]
    if refusals:
        raise LogError(f"Kafka does not delete all topics: {', '.join(refusals)}")


async def _verify(admin: AIOKafkaAdminClient, wanted: list[_Wanted], partitions: Mapping[str, int]) -> None:
    differences = [
        f"{topic.name} has {partitions[topic.name]} partitions and must have {topic.partitions}:"
        " a metric's id decides its partition for ever"
        for topic in wanted
        if partitions[topic.name] != topic.partitions
    ]
    configs = await _configs(admin, [topic.name for topic in wanted])
    for topic in wanted:
        for name, value in topic.config.items():
            is_fixed = topic.is_truth or name not in _OPERATORS
            if is_fixed and configs[topic.name].get(name) != value:
                differences.append(f"{topic.name} has {name}={configs[topic.name].get(name)} and must have {value}")
    if differences:
        raise TopicsDifferError("; ".join(differences))


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    answers: list[Any] = await admin.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    )
    return {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for answer in answers
        for resource in answer.resources
    }
