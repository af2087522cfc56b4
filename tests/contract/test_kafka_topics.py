"""What `tilde migrate` promises of the topics, on a real broker."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from testkit.kafka_broker import KafkaBroker
from tilde.eventlog import Append, LogError, kafka_topics
from tilde.eventlog.kafka import KafkaLog, KafkaWriter
from tilde.eventlog.kafka_producer import Batch, KafkaProducer
from tilde.eventlog.kafka_topics import TopicsDifferError, create_topics, delete_topics, require_topics

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.skipif(bool(KafkaBroker.missing()), reason=KafkaBroker.missing() or "Kafka can run"),
]


@pytest.fixture(scope="module")
def broker() -> Iterator[KafkaBroker]:
    with KafkaBroker() as broker:
        yield broker


async def configs(bootstrap: str, *names: str) -> list[dict[str, str]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    await admin.close()
    found = {resource[3]: {entry[0]: entry[1] for entry in resource[4]} for resource in answer.resources}
    return [found[name] for name in names]


async def make(bootstrap: str, name: str, partitions: int, **config: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    settings = {key.replace("_", "."): value for key, value in config.items()}
    await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])
    await admin.close()


async def test_migrate_makes_what_is_missing_and_may_be_repeated(broker: KafkaBroker) -> None:
    """The truth is kept for ever, outputs for a time, changelogs are compacted; a second run finds nothing to do."""
    made = await create_topics(broker.bootstrap, changelogs={"app-stats-changelog": 16}, retention_hours=24)
    again = await create_topics(broker.bootstrap, changelogs={"app-stats-changelog": 16})
    stats, catalog, points, changelog = await configs(
        broker.bootstrap, "stats", "catalog", "points", "app-stats-changelog"
    )

    assert made == [
        "stats",
        "sample_writes",
        "hits",
        "activity",
        "commands",
        "catalog",
        "points",
        "metrics",
        "samples",
        "actions",
        "traffic",
        "occurrences",
        "property_values",
        "people",
        "events",
        "properties",
        "users",
        "sites",
        "access",
        "changes",
        "dead_letters",
        "progress",
        "app-stats-changelog",
    ]
    assert again == []
    assert (stats["retention.ms"], stats["cleanup.policy"], stats["max.message.bytes"]) == ("-1", "delete", "2097152")
    assert (catalog["retention.ms"], catalog["cleanup.policy"]) == ("-1", "delete")
    assert (points["retention.ms"], points["cleanup.policy"]) == ("86400000", "delete")
    assert (changelog["cleanup.policy"], changelog["max.message.bytes"]) == ("compact", "8388608")


async def test_a_generation_has_output_topics_of_its_own(broker: KafkaBroker) -> None:
    """A rebuild beside the live generation shares the truth and nothing else."""
    await create_topics(broker.bootstrap)

    assert await create_topics(broker.bootstrap, generation=2) == [
        "points.g2",
        "metrics.g2",
        "samples.g2",
        "actions.g2",
        "traffic.g2",
        "occurrences.g2",
        "property_values.g2",
        "people.g2",
        "events.g2",
        "properties.g2",
        "users.g2",
        "sites.g2",
        "access.g2",
        "changes.g2",
        "dead_letters.g2",
        "progress.g2",
    ]


async def test_other_partition_counts_are_said_and_refused(broker: KafkaBroker) -> None:
    """A topic with another number of partitions would scatter metrics, so nothing may start on it."""
    await make(broker.bootstrap, "points.g3", 4)

    with pytest.raises(TopicsDifferError, match=r"points\.g3 has 4 partitions and must have 16"):
        await create_topics(broker.bootstrap, generation=3)


async def test_a_topic_that_would_forget_is_said_and_refused(broker: KafkaBroker) -> None:
    """All differences are named at once; how long outputs are kept is the operator's to change."""
    await make(broker.bootstrap, "points.g4", 16, cleanup_policy="compact", retention_ms="1000")
    await make(broker.bootstrap, "app-x-changelog", 16, cleanup_policy="delete")

    with pytest.raises(TopicsDifferError) as refused:
        await create_topics(broker.bootstrap, generation=4, changelogs={"app-x-changelog": 16})

    assert "points.g4 has cleanup.policy=compact and must have delete" in str(refused.value)
    assert "app-x-changelog has cleanup.policy=delete and must have compact" in str(refused.value)
    assert "retention.ms" not in str(refused.value)


async def test_a_worker_can_ask_whether_the_topics_are_there(broker: KafkaBroker) -> None:
    """Missing topics are named, with what makes them; Faust would wait for ever without a word."""
    await create_topics(broker.bootstrap, generation=5, changelogs={"app-y-changelog": 16})

    await require_topics(broker.bootstrap, 5, {"app-y-changelog": 16})
    with pytest.raises(
        TopicsDifferError,
        match=r"no topic points\.g6, .*, users\.g6, sites\.g6, access\.g6, changes\.g6, dead_letters\.g6, progress\.g6: `tilde migrate`",
    ):
        await require_topics(broker.bootstrap, 6, {"app-y-changelog": 16})


async def names(bootstrap: str) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    there = await admin.list_topics()
    await admin.close()
    return set(there)


async def fill(bootstrap: str, generation: int) -> None:
    writer = KafkaWriter(bootstrap, generation)
    await writer.append([Append("points", partition, [b"old"]) for partition in range(16)])
    await writer.close()


async def ends(bootstrap: str, generation: int) -> set[int]:
    log = KafkaLog(bootstrap, generation)
    found = await log.end_offsets([("points", partition) for partition in range(16)])
    await log.close()
    return set(found.values())


async def test_topics_that_were_deleted_are_gone_and_can_be_made_anew(broker: KafkaBroker) -> None:
    """As by a replay after one that was cut off: the next ones are empty and as they must be, whatever was before."""
    changelog = {"app-z-changelog": 16}
    await create_topics(broker.bootstrap, generation=7, changelogs=changelog, retention_hours=24)
    await fill(broker.bootstrap, 7)
    ours = {
        "points.g7",
        "metrics.g7",
        "samples.g7",
        "actions.g7",
        "traffic.g7",
        "occurrences.g7",
        "property_values.g7",
        "people.g7",
        "events.g7",
        "properties.g7",
        "users.g7",
        "sites.g7",
        "access.g7",
        "changes.g7",
        "dead_letters.g7",
        "progress.g7",
        "app-z-changelog",
    }

    await delete_topics(broker.bootstrap, 7, changelog)
    assert not await names(broker.bootstrap) & ours
    made = await create_topics(broker.bootstrap, generation=7, changelogs=changelog, retention_hours=48)

    assert set(made) == ours
    points, changelog_config = await configs(broker.bootstrap, "points.g7", "app-z-changelog")
    assert (points["retention.ms"], points["cleanup.policy"]) == ("172800000", "delete")
    assert changelog_config["cleanup.policy"] == "compact"
    assert await ends(broker.bootstrap, 7) == {0}


async def test_what_is_not_there_needs_no_deleting(broker: KafkaBroker) -> None:
    """A replay that was never cut off has nothing to forget; the truth and other generations stay."""
    await create_topics(broker.bootstrap, generation=8)
    before = await names(broker.bootstrap)

    await delete_topics(broker.bootstrap, 99, {"app-99-changelog": 16})

    assert await names(broker.bootstrap) == before


class SlowAdmin:
    """A cluster that answers with these codes, and whose brokers still name a topic for so many answers."""

    def __init__(self, codes: dict[str, int], answers: int = 1) -> None:
        self._codes = codes
        self.answers = answers

    async def describe_topics(self) -> list[dict[str, object]]:
        self.answers -= 1
        return [{"topic": name, "partitions": []} for name in self._codes] if self.answers >= 0 else []

    async def delete_topics(self, asked: list[str]) -> SimpleNamespace:
        return SimpleNamespace(topic_error_codes=[(name, self._codes[name]) for name in asked])

    def install(self, monkeypatch: pytest.MonkeyPatch) -> "SlowAdmin":
        @asynccontextmanager
        async def admin(_: str) -> AsyncIterator[SlowAdmin]:
            yield self

        monkeypatch.setattr(kafka_topics, "_admin", admin)
        return self


async def test_deleting_waits_until_the_brokers_name_the_topics_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made before that could be the old topic; one that somebody else deleted first is gone as well."""
    cluster = SlowAdmin({"points.g7": 0, "metrics.g7": 3}, answers=3).install(monkeypatch)

    await delete_topics("anywhere", 7, {})

    assert cluster.answers < 0


async def test_a_topic_that_may_not_be_deleted_is_a_log_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Going on would fill the next generation into what an old release began."""
    SlowAdmin({"points.g7": 0, "metrics.g7": 29}).install(monkeypatch)

    with pytest.raises(LogError, match=r"metrics\.g7: TopicAuthorizationFailedError"):
        await delete_topics("anywhere", 7, {})


async def test_a_broker_that_is_away_is_a_log_error() -> None:
    """Nobody answers there: that passes, and may be tried again."""
    with pytest.raises(LogError):
        await create_topics("127.0.0.1:9")
    with pytest.raises(LogError):
        await delete_topics("127.0.0.1:9", 2, {})


async def test_topics_take_records_as_soon_as_they_are_made(
    broker: KafkaBroker, caplog: pytest.LogCaptureFixture
) -> None:
    """The broker has yet to make the files of a thousand partitions; a producer that comes too early is refused until
    then, and is told as a warning.
    """
    many = {f"app-early-{n}-changelog": 100 for n in range(10)}
    await create_topics(broker.bootstrap, changelogs=many)
    producer = KafkaProducer(broker.bootstrap, 1 << 20)
    offsets = await producer.send([Batch(name, 99, [(b"a key", b"a value")]) for name in many])
    await producer.close()
    await delete_topics(broker.bootstrap, 1, many)

    assert offsets == [0] * len(many)
    assert [record.message for record in caplog.records if "NotLeader" in record.message] == []
