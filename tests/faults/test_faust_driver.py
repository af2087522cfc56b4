"""The Faust driver under SIGKILL, SIGTERM, zombies and a broker that pauses: every event counts, exactly once.

    a producer --> stats    --> two workers --> points     each (product, metric, event id, nth) there, with its number
                                            --> progress   never ahead of the points, and in the end at the end of stats
                                            --> the state  of a processor that counts names: each event once
               --> examples --> two workers --> metrics    each with its label as of the batch's entry of catalog
               --> sample_writes --> two workers --> samples, points   each as its writes say, in their order
               --> hits --> two workers --> actions, traffic   each hit a row, each site's days a recount
               --> activity --> two workers --> occurrences, property_values, people, events, properties   as an oracle says
               --> commands --> the decider --> catalog    each command one entry that holds; some set labels

TILDE_FAULTS says how many faults (12), TILDE_SEED which ones (1).
"""

import asyncio
import os
import random
import signal
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.drivers.kafka.names import changelog_name, changelogs
from streams.drivers.partition_fold import PartitionFold
from testkit import example_topic, labels
from testkit.chaos import Chaos, Restarted
from testkit.counting import changed_by
from testkit.example_topic import EXAMPLES
from testkit.hits import an_event as hit_event
from testkit.hits import recounted, traffic_of
from testkit.kafka_broker import KafkaBroker
from testkit.labels import LABELLED, LabelledCatalog, LabellingProcessor, SetLabel, with_labelling
from testkit.people import a_number, a_text, an_activity, names_of, people_of
from testkit.people_oracle import PeopleOracle
from testkit.samples import (
    SampleOracle,
    a_write,
    an_event,
    as_read,
    numbers_of_points,
    numbers_of_samples,
    samples_of,
)
from testkit.sealed import NOON_MS, FakeEdge
from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.accounts import CreateAccount
from tilde.domain.catalog.entries import Action, Command, fold
from tilde.domain.hits.traffic import Counts
from tilde.domain.log.partitioner import partition_of_metric, partition_of_site
from tilde.domain.log.position import Position
from tilde.domain.samples.sample import Sample
from tilde.domain.samples.writes import SampleWrite
from tilde.domain.stats.fanout import expand
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Append, LogError, Record
from tilde.eventlog.kafka import KafkaLog, KafkaWriter
from tilde.eventlog.kafka_topics import create_topics
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import cancel
from tilde.schemas.codec import decode, encoder, schema_of
from tilde.schemas.progress import milestone_of
from tilde.schemas.records import command_record, entry_of
from tilde.schemas.registry import latest
from tilde.schemas.topics import (
    ACTIONS,
    ACTIVITY,
    CATALOG,
    COMMANDS,
    EVENTS,
    HITS,
    METRICS,
    OCCURRENCES,
    OUTPUTS,
    PEOPLE,
    POINTS,
    PROGRESS,
    PROPERTIES,
    SAMPLE_WRITES,
    SAMPLES,
    STATS,
    TRAFFIC,
    Topic,
)

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.timeout(0),  # a long run has as many faults as it is told
    pytest.mark.skipif(bool(KafkaBroker.missing()), reason=KafkaBroker.missing() or "Kafka can run"),
]

FAULTS = int(os.environ.get("TILDE_FAULTS", "12"))
SEED = int(os.environ.get("TILDE_SEED", "1"))
WORKER = Path(__file__).with_name("streams_worker.py")
SETTLE_S = 90
FLOWING_POINTS = 5_000
SAMPLED = (77, 78, 79, 80, 81)
SITES = (32, 33, 34, 35)
PRODUCTS = (32, 33, 34)
NOTES = ("noted", "written", "said")

Identity = tuple[int, int, int, int]


@pytest.fixture(autouse=True)
def noun() -> Iterator[None]:
    with example_topic.known(), labels.known():
        yield


class Producer:
    """Appends sealed batches of one edge, some of them twice, and knows what has to come of them."""

    def __init__(self, bootstrap: str, seed: int) -> None:
        self._writer = KafkaWriter(bootstrap)
        self._log = KafkaLog(bootstrap)
        self._follower = CatalogFollower(self._log)
        self._following = asyncio.create_task(self._follower.run())
        self._random = random.Random(seed)
        self._edge = FakeEdge()
        self._commands = FakeEdge("operator")
        self._encode_commands = encoder(COMMANDS.subject)
        self.expected: dict[Identity, float] = {}
        self.counted: dict[int, dict[str, list[int]]] = {}
        self.accounts: set[str] = set()
        self.set_ = 0
        self.samples = SampleOracle()
        self.read: list[Sample] = []
        self.hits: list[dict[str, Any]] = []
        self.people = PeopleOracle()
        self.noted: dict[int, tuple[str, int]] = {}  # by event: its note, and the entry that its batch names

    async def run(self) -> None:
        while True:
            partitions = self._random.sample(range(STATS.partitions), self._random.randint(1, 6))
            batches = [self._batch(partition) for partition in partitions]
            batches.append(self._examples(self._random.randrange(EXAMPLES.partitions)))
            batches.append(self._sample_writes(self._random.choice(SAMPLED)))
            batches.append(self._hits(self._random.choice(SITES)))
            batches.append(self._activity(self._random.choice(PRODUCTS)))
            if self._random.random() < 0.05:
                batches.append(self._command(self._account()))
            if self._random.random() < 0.1:
                batches.append(self._command(self._label()))
            await self._append(batches)
            if self._random.random() < 0.03:
                await self._append(batches)  # as after a lost acknowledgement
            await asyncio.sleep(self._random.uniform(0, 0.06))

    async def _append(self, batches: list[Append]) -> None:
        while True:
            try:
                await self._writer.append(batches)
            except LogError:
                continue
            return

    def _batch(self, partition: int) -> Append:
        """Events whose names do not care which partition they are in; a third of them has a fan-out."""
        posts = []
        for _ in range(self._random.choice([1, 3, 10, 60])):
            name = f"p{partition} s{self._random.randrange(20)}{self._random.choice(['', '', '~a,b,c'])}"
            post = self._edge.post(name, number=float(self._random.randrange(1, 1000)))
            posts.append(post)
            for nth, stat in enumerate(expand(name)):
                self.expected[1, metric_id(1, "counter", stat), post["id"], nth] = post["number"]
        changed_by(posts, self.counted.setdefault(partition, {}))
        return self._edge.seal(partition, posts)

    def _sample_writes(self, metric: int) -> Append:
        """Of one stat: new samples, those of some refs again, moved or not, and changes and deletions of what somebody
        has read, some of it long ago.
        """
        writes = [self._sample_write(metric) for _ in range(self._random.choice([1, 3, 10]))]
        partition = partition_of_metric(metric, SAMPLE_WRITES.partitions)
        return self._edge.seal(partition, [an_event(write, f"sampled {metric}") for write in writes], SAMPLE_WRITES)

    def _sample_write(self, metric: int) -> SampleWrite:
        event = self._edge.next_id()
        says: dict[str, Any] = {
            "metric": metric,
            "number": float(self._random.randrange(1000)),
            "t_ms": self._random.choice([None, 1_000 * self._random.randrange(10)]),
            "meta": self._random.choice([None, "", "m", "n"]),
        }
        known = [one for one in self.read if one.metric == metric]
        kind = self._random.choice(["plain", "ref", "ref", "change", "change", "delete"])
        if kind == "plain" or (kind != "ref" and not known):
            write = a_write(event, **says)
        elif kind == "ref":
            write = a_write(event, f"ref {self._random.randrange(20)}", **says)
        else:
            read = self._random.choice(known[-20:])
            says |= {"id": read.id, "makes": False, "before": as_read(read), "deletes": kind == "delete"}
            write = a_write(event, **says)
        self.samples.take(write)
        there = self.samples.samples.get(write.id)
        self.read += [there] if there is not None else []
        return write

    def _hits(self, site: int) -> Append:
        """Of one site, over some days; a tenth of them crawlers'."""
        events = []
        for _ in range(self._random.choice([1, 3, 30])):
            at = NOON_MS + self._random.choice([0, 0, 0, -1, 1, 9]) * 86_400_000
            bot = "curl" if self._random.random() < 0.1 else None
            type_ = self._random.choice(["pageview", "pageview", "click"])
            events.append(hit_event(self._edge.next_id(), site, at, type=type_, bot=bot))
        self.hits += events
        return self._edge.seal(partition_of_site(site, HITS.partitions), events, HITS)

    def _activity(self, product: int) -> Append:
        """Of one product: what some people do in a few seconds, and now and then who of them is the same."""
        events = []
        for _ in range(self._random.choice([1, 3, 30])):
            identity, kind = self._random.randrange(1, 60), self._random.choice(["did", "did", "did", "set", "is"])
            says: dict[str, Any] = {"product": product, "at": NOON_MS // 1000 + self._random.randrange(20)}
            if kind == "is":
                says["other"] = identity // 4 * 4 + self._random.randrange(1, 4)
            elif kind == "set":
                says["properties"] = [a_number("age", 7.0), a_text("plan", self._random.randrange(9))]
            name = self._random.choice(["bought", "signed up"]) if kind == "did" else None
            events.append(an_activity(self._edge.next_id(), identity, name, **says))
        self.people.history += events
        return self._edge.seal(partition_of_site(product, ACTIVITY.partitions), events, ACTIVITY)

    def _examples(self, partition: int) -> Append:
        """As of what its own copy of the catalog has, as an edge does it; some edges are behind."""
        sequence = max(0, self._follower.catalog.sequence - self._random.choice([0, 0, 0, 1, 5]))
        ids = [self._edge.next_id() for _ in range(self._random.choice([1, 3]))]
        events = [{"id": id_, "pair": id_, "note": self._random.choice(NOTES)} for id_ in ids]
        self.noted |= {event["id"]: (event["note"], sequence) for event in events}
        return self._edge.seal(partition, events, EXAMPLES, sequence)

    def _account(self) -> Action:
        name = f"account {len(self.accounts)}"
        self.accounts.add(name)
        return CreateAccount(name, (), "uuid", "example.org")

    def _label(self) -> Action:
        self.set_ += 1
        return SetLabel(self._random.choice(NOTES), f"label {self.set_}")

    def _command(self, action: Action) -> Append:
        now_ms = SystemClock().now_ms()
        command = Command(now_ms, now_ms + 3_600_000, action)
        offset, self._commands.next_offset = self._commands.next_offset, self._commands.next_offset + 1
        header = {"edge": "operator", "epoch": 1, "offset": offset, "before": offset - 1 or -1, "catalog": 0}
        return Append(COMMANDS.name, 0, [self._encode_commands({**header, "events": [command_record(command)]})])

    async def close(self) -> None:
        await cancel(self._following)
        await self._log.close()
        await self._writer.close()


class Consumer:
    """Reads `points` and `catalog` to their ends; `wrong` and `ids` are known when the workers have ended."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._log = KafkaLog(bootstrap)
        self._next = [0] * POINTS.partitions
        self._next_metric = [0] * EXAMPLES.partitions
        self.labelled_again: dict[int, set[str]] = {}
        self.labelled: dict[int, set[str]] = {}  # by event: a row may come again, and is the same then
        self.points: dict[Identity, float] = {}
        self.versions: dict[Identity, set[int]] = {}
        self.counted: dict[int, dict[str, list[int]]] = {}
        self.wrong: list[str] = []
        self.ids: dict[str, set[int]] = {}
        self.of_samples: dict[str, list[dict[str, Any]]] = {POINTS.name: [], SAMPLES.name: []}
        self.traffic: dict[tuple[int, int], Counts] = {}
        self.actions: set[int] = set()
        self.people: dict[str, list[dict[str, Any]]] = {}
        self.delivered = 0
        self._first: dict[int, dict[Identity, tuple[int, int]]] = {}  # raw offset, and that in `points`

    async def wrong_milestones(self) -> list[str]:
        """Those that do not hold, and partitions of which it is not said that they are done."""
        wrong = []
        for partition in range(PROGRESS.partitions):
            offsets = sorted(self._first.get(partition, {}).values())
            raw, highest = [offset for offset, _ in offsets], list(accumulate((end for _, end in offsets), max))
            done = 0
            for said in map(milestone_of, await self._values(PROGRESS.name, partition)):
                below = bisect_left(raw, said.next_offset)
                if said.topic != STATS.name:
                    continue
                if below and said.ends["points"] <= highest[below - 1]:
                    wrong.append(f"{said}, but a point of it stands at {highest[below - 1]}")
                done = max(done, said.next_offset)
            if done != (end := await self._log.end_offset(STATS.name, partition)):
                wrong.append(f"stats/{partition} ends at {end}, and is said to be done below {done}")
        return wrong

    async def read_state(self) -> None:
        """What the counting processor has made durable: the last record of each key of its changelog."""
        kafka = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, auto_offset_reset="earliest", isolation_level="read_committed"
        )
        await kafka.start()
        partitions = [TopicPartition(changelog_name("counting", 1), number) for number in range(STATS.partitions)]
        kafka.assign(partitions)
        ends = await kafka.end_offsets(partitions)
        for partition in partitions:
            while await kafka.position(partition) < ends[partition]:
                for record in (await kafka.getmany(partition, timeout_ms=1000)).get(partition, []):
                    name = orjson.loads(record.key).partition("|")[2]
                    if name:
                        value, _ = orjson.loads(record.value)
                        self.counted.setdefault(partition.partition, {})[name] = value
        await kafka.stop()

    async def schema_ids(self) -> dict[str, set[int]]:
        """By output topic, those of all its messages: what ClickHouse's AvroConfluent or Kafka Connect would meet."""
        return {
            topic.name: {
                schema_of(value).id
                for partition in range(topic.partitions)
                for value in await self._values(topic.name, partition)
            }
            for topic in OUTPUTS
        }

    async def _values(self, topic: str, partition: int) -> list[bytes]:
        values: list[bytes] = []
        while records := await self._log.read(topic, partition, len(values)):
            values += [record.value for record in records]
        return values

    async def read_points(self) -> None:
        for partition in range(POINTS.partitions):
            while records := await self._log.read(POINTS.name, partition, self._next[partition]):
                self._next[partition] = records[-1].offset + 1
                for record in records:
                    self._take(partition, record)

    async def is_sampled(self, expected: Mapping[int, Sample]) -> bool:
        """Whether the rows have got to what is expected of samples; while they are written they may say anything."""
        try:
            return await self.read_samples() == expected
        except AssertionError:  # moved, and its old row is not there yet
            return False

    async def read_samples(self) -> dict[int, Sample]:
        """All samples, as the rows so far have them."""
        values = [value for partition in range(16) for value in await self._values(SAMPLES.name, partition)]
        self.of_samples[SAMPLES.name] = [decode(value, SAMPLES.subject) for value in values]
        return samples_of(self.of_samples[SAMPLES.name])

    async def read_traffic(self) -> dict[tuple[int, int], Counts]:
        """That of all sites, as the rows so far have it; and the events that are rows."""
        self.actions = {row["event_id"] for row in await self._rows(ACTIONS)}
        self.traffic = traffic_of(await self._rows(TRAFFIC))
        return self.traffic

    async def has_people(self, oracle: PeopleOracle) -> bool:
        """Whether the rows so far say of people what an oracle does."""
        self.people = {topic.name: await self._rows(topic) for topic in (OCCURRENCES, PEOPLE, EVENTS, PROPERTIES)}
        return (
            people_of(self.people[PEOPLE.name]) == oracle.people()
            and names_of(self.people[EVENTS.name], "event") == oracle.events()
            and names_of(self.people[PROPERTIES.name], "property") == oracle.properties()
        )

    async def _rows(self, topic: Topic) -> list[dict[str, Any]]:
        values = [value for partition in range(topic.partitions) for value in await self._values(topic.name, partition)]
        return [decode(value, topic.subject) for value in values]

    async def read_labels(self) -> None:
        for partition in range(EXAMPLES.partitions):
            while records := await self._log.read(METRICS.name, partition, self._next_metric[partition]):
                self._next_metric[partition] = records[-1].offset + 1
                for row in (decode(record.value, METRICS.subject) for record in records):
                    if row["product"] == LABELLED:
                        self.labelled.setdefault(row["event_id"], set()).add(row["name"])

    async def replayed(self) -> dict[int, set[str]]:
        """What a replay looks up, that begins with the first example and has read the catalog to its end."""
        follower = CatalogFollower(self._log)
        await follower.read_to_end()
        found: dict[int, set[str]] = {}
        for partition in range(EXAMPLES.partitions):
            fold = PartitionFold(LabellingProcessor(follower), partition, Position())
            for value in await self._values(EXAMPLES.name, partition):
                assert fold.take(Record(fold.position.next_offset, value))
            rows = [decode(value, METRICS.subject) for value in fold.drain()[METRICS.name]]
            found |= {row["event_id"]: {row["name"]} for row in rows}
        return found

    def _take(self, partition: int, record: Record) -> None:
        point = decode(record.value, POINTS.subject)
        if point["raw_partition"] >= STATS.partitions:
            self.of_samples[POINTS.name].append(point)
            return
        identity = point["product"], point["metric"], point["event_id"], point["nth"]
        self._first.setdefault(partition, {}).setdefault(identity, (point["version"] // 512, record.offset))
        self.delivered += 1
        self.points[identity] = point["number"]
        self.versions.setdefault(identity, set()).add(point["version"])

    async def catalog(self) -> LabelledCatalog:
        catalog = LabelledCatalog()
        offset = 0
        while records := await self._log.read(CATALOG.name, 0, offset):
            offset += len(records)
            for record in records:
                fold(catalog, entry_of(decode(record.value, CATALOG.subject)))
        return catalog

    async def close(self) -> None:
        await self._log.close()


Outcome = tuple[Producer, Consumer, LabelledCatalog, Counter[str]]


class Harm(Protocol):
    """What a run does to its workers and its broker, while posts flow."""

    async def __call__(self, workers: Sequence[Restarted], broker: KafkaBroker, consumer: Consumer, /) -> Counter[str]:
        """Does it, and returns how often what was done."""


async def random_faults(workers: Sequence[Restarted], broker: KafkaBroker, _: Consumer) -> Counter[str]:
    """As many as TILDE_FAULTS says."""
    chaos = Chaos(SEED, workers, broker)
    await chaos.run(FAULTS)
    return chaos.done


async def kill_all_that_work(workers: Sequence[Restarted], _: KafkaBroker, consumer: Consumer) -> Counter[str]:
    """Waits until points arrive, and kills all workers between two of their flushes; once loses thousands."""
    while len(consumer.points) < FLOWING_POINTS:
        await asyncio.sleep(0.5)
        await consumer.read_points()
    return Counter(kill=sum(worker.send(signal.SIGKILL) for worker in workers))


async def run_to_the_end(folder: Path, harm: Harm, *control: str, settle_s: int = SETTLE_S) -> Outcome:
    with KafkaBroker() as broker:
        await create_topics(broker.bootstrap, changelogs=changelogs(1, with_labelling()))
        workers = [
            Restarted(
                [sys.executable, str(WORKER), broker.bootstrap, str(folder / f"w{i}"), *control], folder / f"w{i}.log"
            )
            for i in range(2)
        ]
        producer, consumer = Producer(broker.bootstrap, SEED), Consumer(broker.bootstrap)
        producing = asyncio.create_task(producer.run())
        await asyncio.sleep(8)
        done = await harm(workers, broker, consumer)
        await asyncio.sleep(2)
        producing.cancel()
        catalog = await settle(producer, consumer, settle_s)
        for worker in workers:
            await worker.end()
        consumer.wrong = await consumer.wrong_milestones()
        consumer.ids = await consumer.schema_ids()
        await consumer.read_state()
        consumer.labelled_again = await consumer.replayed()
        await producer.close()
        await consumer.close()
        return producer, consumer, catalog, done


async def settle(producer: Producer, consumer: Consumer, settle_s: int) -> LabelledCatalog:
    """Reads until everything expected is there, or nothing more comes."""
    for _ in range(settle_s):
        await consumer.read_points()
        await consumer.read_labels()
        catalog = await consumer.catalog()
        is_decided = len(catalog.accounts) >= len(producer.accounts)
        is_labelled = len(consumer.labelled) >= len(producer.noted)
        is_sampled = await consumer.is_sampled(producer.samples.samples)
        is_counted = await consumer.read_traffic() == recounted(producer.hits)
        is_known = await consumer.has_people(producer.people)
        is_all = is_decided and is_labelled and is_sampled and is_counted and is_known
        if len(consumer.points) >= len(producer.expected) and is_all:
            return catalog
        await asyncio.sleep(1)
    return catalog


def held(producer: Producer, catalog: LabelledCatalog) -> dict[int, set[str]]:
    """The label that each example's note had as of the entry that its batch names."""
    labels_of = catalog.labels
    return {
        id_: {(labels_of[note].at(sequence) if note in labels_of else None) or ""}
        for id_, (note, sequence) in producer.noted.items()
    }


def report(producer: Producer, consumer: Consumer, done: Counter[str]) -> str:
    missing = producer.expected.keys() - consumer.points.keys()
    too_much = consumer.points.keys() - producer.expected.keys()
    return (
        f"seed {SEED}, {dict(done)}: {len(producer.expected)} points expected, {consumer.delivered} delivered,"
        f" {len(missing)} missing, {len(too_much)} nobody sent; {len(producer.noted)} examples,"
        f" {len(consumer.labelled)} labelled, {producer.set_} labels set; {len(producer.samples.samples)} samples,"
        f" {len(consumer.of_samples[SAMPLES.name])} rows of them"
    )


async def test_every_event_counts_exactly_once_whatever_dies(tmp_path: Path) -> None:
    """After deduplication by identity `points` holds what was sent, no less and no more, each with its number."""
    producer, consumer, catalog, done = await run_to_the_end(tmp_path, random_faults)
    print(report(producer, consumer, done))

    assert consumer.points == producer.expected, report(producer, consumer, done)
    assert all(len(versions) == 1 for versions in consumer.versions.values()), "a repeat has another version"
    assert consumer.wrong == []
    assert consumer.counted == producer.counted, "the counting processor has missed an event, or counted one twice"
    assert samples_of(consumer.of_samples[SAMPLES.name]) == producer.samples.samples
    numbers = numbers_of_points(consumer.of_samples[POINTS.name])
    assert numbers == numbers_of_samples(producer.samples.samples.values())
    assert consumer.traffic == recounted(producer.hits)
    assert consumer.actions == {event["event"] for event in producer.hits}
    assert people_of(consumer.people[PEOPLE.name]) == producer.people.people()
    assert names_of(consumer.people[EVENTS.name], "event") == producer.people.events()
    assert names_of(consumer.people[PROPERTIES.name], "property") == producer.people.properties()
    done_events = {event["event"] for event in producer.people.history if event["name"] is not None}
    assert {row["event_id"] for row in consumer.people[OCCURRENCES.name]} == done_events
    assert consumer.labelled == consumer.labelled_again == held(producer, catalog)
    assert consumer.ids == {
        "points": {latest("point").id},
        "metrics": {latest("metric").id},
        "samples": {latest("sample").id},
        "actions": {latest("action").id},
        "traffic": {latest("traffic").id},
        "occurrences": {latest("occurrence").id},
        "property_values": {latest("property_value").id},
        "people": {latest("person").id},
        "events": {latest("event").id},
        "properties": {latest("property").id},
        "users": set(),
        "sites": set(),
        "access": set(),
        "changes": {latest("change").id},
        "dead_letters": set(),
    }
    assert set(catalog.names) == producer.accounts
    assert sorted(catalog.accounts) == list(range(1, len(producer.accounts) + 1))


async def test_the_harness_notices_positions_that_run_ahead_of_outputs(tmp_path: Path) -> None:
    """The negative control: workers that behave as stock Faust does lose points, and the harness says so."""
    producer, consumer, _, done = await run_to_the_end(tmp_path, kill_all_that_work, "negative-control", settle_s=20)
    print(report(producer, consumer, done))

    assert producer.expected.keys() - consumer.points.keys()
