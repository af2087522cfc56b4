"""Samples against crashes of the embedded driver at any moment: whatever is written, repeated, changed by who has read
something old, moved in time and deleted, the rows say of every sample what the log says, and the points are its
numbers. Where numbers are taken back as points, those are gone, and what is written of their samples later is there.
"""

from collections.abc import Sequence
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from streams.contract import Message, Processor, no_outputs
from streams.processors.creations import CreationsProcessor
from streams.processors.samples import SamplesProcessor
from streams.state import State
from testkit.builders import an_entry, an_entry_message
from testkit.looked_up import LookedUp
from testkit.samples import (
    METRIC,
    SampleOracle,
    a_write,
    an_event,
    as_read,
    numbers_of_points,
    numbers_of_samples,
    samples_of,
    standing,
)
from testkit.sealed import NOON_MS
from tests.properties.crashing_driver import CrashingDriver
from tilde.domain.catalog.stats import PointsDeleted, PostedPoint
from tilde.domain.log.partitioner import partition_of_metric
from tilde.domain.samples.sample import Sample
from tilde.domain.samples.writes import SampleWrite
from tilde.schemas.codec import decode
from tilde.schemas.topics import CATALOG, POINTS, SAMPLE_WRITES, SAMPLES, TOPICS

REFS = st.sampled_from(["a", "b", "c"])
NUMBERS = st.none() | st.sampled_from([0.0, 2.5, -1.0])
TIMES = st.none() | st.sampled_from([7_000, 8_000, NOON_MS])
METAS = st.none() | st.sampled_from(["", "m", "n"])
METRICS = st.sampled_from([METRIC, 77])


class SamplesMachine(CrashingDriver):
    """`self.oracle` has what the log says; `self.read` what somebody has ever read, and may change by that. In
    `self.uncounted` are samples whose numbers were taken back, with the entry that says so; `self.taken_back` its rows.
    `self.unheard` are those of which a number was written since by an edge that did not know: it may count, or not.
    """

    @initialize()
    def begin(self) -> None:
        self.prepare()
        self.oracle = SampleOracle()
        self.read: list[Sample] = []
        self.now_ms = NOON_MS
        self.known = LookedUp()
        self.heard = [0, 0]  # the entry that each edge has read
        self.uncounted: dict[int, int] = {}
        self.unheard: set[int] = set()
        self.taken_back: list[dict[str, Any]] = []
        self.start()

    def processors(self) -> Sequence[Processor]:
        return [SamplesProcessor(self.known)]

    def send(self, which: int, *writes: SampleWrite) -> None:
        """The next batch of an edge."""
        edge, partition = self.edges[which], partition_of_metric(writes[0].metric, SAMPLE_WRITES.partitions)
        self.append(edge.seal(partition, list(map(an_event, writes)), SAMPLE_WRITES, self.heard[which]))
        for write in writes:
            before = dict(self.oracle.samples)
            self.oracle.take(write)
            self._count(write, before, self.heard[which])

    def _count(self, write: SampleWrite, before: dict[int, Sample], heard: int) -> None:
        """What was deleted or made anew was not taken back, nor is a number that somebody writes who knows of that, nor
        one at another time.
        """
        for id_, entry in list(self.uncounted.items()):
            now = self.oracle.samples.get(id_)
            says = now is not None and now.updated_ms == write.received_at and write.number is not None
            if now is None or now.t_ms != before[id_].t_ms or (says and heard >= entry):
                del self.uncounted[id_]
                self.unheard.discard(id_)
            elif says:
                self.unheard.add(id_)

    def event(self, which: int) -> dict[str, Any]:
        self.now_ms += 1
        return {"event": self.edges[which].next_id(), "received_at": self.now_ms}

    @rule(which=st.integers(0, 1), metric=METRICS, number=NUMBERS, t_ms=TIMES, meta=METAS, count=st.integers(1, 3))
    def make(self, which: int, metric: int, number: float, t_ms: int, meta: str, count: int) -> None:
        """Some without a ref."""
        events = [self.event(which) for _ in range(count)]
        self.send(which, *(a_write(**each, metric=metric, number=number, t_ms=t_ms, meta=meta) for each in events))

    @rule(which=st.integers(0, 1), metric=METRICS, ref=REFS, number=NUMBERS, t_ms=TIMES, meta=METAS)
    def upsert(self, which: int, metric: int, ref: str, number: float, t_ms: int, meta: str) -> None:
        self.send(which, a_write(**self.event(which), metric=metric, ref=ref, number=number, t_ms=t_ms, meta=meta))

    @rule(which=st.integers(0, 1), ref=REFS, numbers=st.lists(NUMBERS, min_size=2, max_size=4), t_ms=TIMES)
    def upsert_at_once(self, which: int, ref: str, numbers: list[float], t_ms: int) -> None:
        """Several of one ref in one batch."""
        self.send(which, *(a_write(**self.event(which), ref=ref, number=number, t_ms=t_ms) for number in numbers))

    @rule(data=st.data())
    def look(self, data: st.DataObject) -> None:
        """Somebody reads a sample, and will change it sooner or later."""
        if self.oracle.samples:
            self.read.append(self.oracle.samples[data.draw(st.sampled_from(sorted(self.oracle.samples)))])

    @rule(data=st.data(), which=st.integers(0, 1), number=NUMBERS, t_ms=TIMES, meta=METAS, ref=st.none() | REFS)
    def change(self, data: st.DataObject, which: int, number: float, t_ms: int, meta: str, ref: str | None) -> None:
        """By what was read, however long ago; it may be changed, moved or deleted since."""
        self._by_what_was_read(data, which, number=number, t_ms=t_ms, meta=meta, ref=ref)

    @rule(data=st.data(), which=st.integers(0, 1))
    def delete(self, data: st.DataObject, which: int) -> None:
        self._by_what_was_read(data, which, deletes=True)

    def _by_what_was_read(self, data: st.DataObject, which: int, **says: Any) -> None:
        known = [*self.read, *self.oracle.samples.values()]
        if known:
            sample = data.draw(st.sampled_from(known))
            self.read.append(sample)
            says |= {"metric": sample.metric, "id": sample.id, "makes": False, "before": as_read(sample)}
            self.send(which, a_write(**self.event(which), **says))

    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        """Some numbers of a stat, as points, once the tables have all that was acknowledged."""
        self.finish()
        points = standing([*self.rows(POINTS.name), *self.taken_back], "product", "metric", "event_id", "nth")
        if points:
            metric = data.draw(st.sampled_from(sorted({point["metric"] for point in points})))
            of_metric = [point for point in points if point["metric"] == metric]
            self._take_back(metric, data.draw(st.lists(st.sampled_from(of_metric), min_size=1, max_size=2)))

    def _take_back(self, metric: int, points: list[dict[str, Any]]) -> None:
        posted = [(each["event_id"], each["nth"], _ms(each["ts"]), _ms(each["received_at"])) for each in points]
        fact = PointsDeleted(1, metric, tuple(PostedPoint(*each) for each in posted))
        sequence = self.known.take(fact)
        outputs = no_outputs()
        content = decode(an_entry_message(an_entry(sequence, fact)), CATALOG.subject)
        CreationsProcessor().fold(Message(0, sequence - 1, content, 0), outputs, State())
        self.taken_back += [decode(row, POINTS.subject) for row in outputs[POINTS.name]]
        there = [row for row in self.rows(SAMPLES.name) if not row["is_deleted"]]
        by_version = {(row["metric"], row["version"]): row["id"] for row in there}
        taken = {by_version[metric, point["version"]] for point in points}
        self.uncounted |= dict.fromkeys(taken, sequence)
        self.unheard -= taken

    @rule(which=st.integers(0, 1))
    def hear(self, which: int) -> None:
        """An edge reads the catalog to its end; until then its batches name what it had read."""
        self.heard[which] = self.known.catalog.sequence

    @rule(at=st.integers(0, 25), ref=REFS)
    def crash_inside_a_flush(self, at: int, ref: str) -> None:
        """At any instruction of its transaction, with something to flush."""
        self.upsert(0, METRIC, ref, 9.0, 7_000, "")
        self.die_in_a_flush(at)

    def rows(self, topic: str) -> list[dict[str, Any]]:
        values = [record.value for partition in range(16) for record in self.file.read(topic, partition, 0, 1 << 30)]
        return [decode(value, TOPICS[topic].subject) for value in values]

    def seen(self) -> dict[int, Sample]:
        return samples_of(self.rows(SAMPLES.name))

    @invariant()
    def the_points_are_the_samples_numbers(self) -> None:
        """At every moment: both are of one transaction."""
        if hasattr(self, "file"):
            assert numbers_of_points(self.rows(POINTS.name)) == numbers_of_samples(self.seen().values())

    def teardown(self) -> None:
        if not hasattr(self, "driver"):
            return
        self.finish()
        live = self.rows(SAMPLES.name), self.rows(POINTS.name)
        seen = self.seen()
        self.replay()
        replayed = self.rows(SAMPLES.name), self.rows(POINTS.name)
        self.close()

        assert seen == self.oracle.samples
        counted = numbers_of_samples(one for id_, one in seen.items() if id_ not in self.uncounted)
        numbers = numbers_of_points([*live[1], *self.taken_back])
        assert counted <= numbers
        assert numbers - counted <= numbers_of_samples(seen[id_] for id_ in self.unheard)
        assert replayed == live


def _ms(at: Any) -> int:
    return round(at.timestamp() * 1000)


SamplesMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=25)
TestSamples = SamplesMachine.TestCase
