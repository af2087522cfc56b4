"""The embedded driver against crashes at any moment: every event is in the outputs once, in order, and it is said so."""

from collections.abc import Mapping, Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from streams.contract import Processor
from streams.drivers.embedded_state import EmbeddedState
from streams.state import Kept
from testkit.builders import an_account_created, an_entry, an_entry_message
from testkit.counting import changed_by, with_counting
from testkit.sealed import partition_of_name
from testkit.uniques import UNIQUES, UniquesProcessor
from tests.properties.crashing_driver import CrashingDriver
from tilde.domain.catalog.stats import StatCreated
from tilde.domain.stats.fanout import stats_of
from tilde.domain.stats.metrics import Kind
from tilde.eventlog import Append
from tilde.schemas.codec import decode
from tilde.schemas.progress import milestone_of
from tilde.schemas.topics import CATALOG, METRICS, POINTS, TOPICS

NAMES = ["a", "b", "c", "d~x,y"]


def values_of(kept: Mapping[str, Kept]) -> dict[str, list[int]]:
    return {key: each.value for key, each in kept.items()}


class DriverMachine(CrashingDriver):
    """`self.sent` holds the numbers that were posted, by partition, each as often as its name has stats."""

    @initialize()
    def begin(self) -> None:
        self.prepare()
        self.sent: dict[int, list[float]] = {}
        self.counted: dict[int, dict[str, list[int]]] = {}
        self.announced: set[str] = set()
        self.created = 0
        self.number = 0
        self.start()

    def processors(self) -> Sequence[Processor]:
        return [*with_counting(), UniquesProcessor()]

    @rule(which=st.integers(0, 1), name=st.sampled_from(NAMES), posts=st.integers(1, 3), spreads=st.booleans())
    def post(self, which: int, name: str, posts: int, spreads: bool = True) -> None:
        """An edge's next batch, of a dialect whose names spread or of one whose do not."""
        edge = self.edges[which]
        partition = partition_of_name(name)
        numbers = [float(self.number + at) for at in range(posts)]
        self.number += posts
        events = [edge.post(name, number) for number in numbers]
        self.append(edge.seal(partition, events) if spreads else edge.seal(partition, events, spreads=False))
        changed_by(events, self.counted.setdefault(partition, {}))
        width = 2 if "~" in name and spreads else 1
        self.announced.update(stats_of(name, spreads=spreads))
        self.sent.setdefault(partition, []).extend(number for number in numbers for _ in range(width))

    @rule()
    def create_a_stat(self) -> None:
        """A catalog entry: the other processor's input, with no batch and no repeat."""
        self.created += 1
        fact = StatCreated(1, self.created, Kind.COUNTER, f"created {self.created}")
        first = an_entry(1, an_account_created())
        entries = [an_entry(self.created + 1, fact)] if self.created > 1 else [first, an_entry(2, fact)]
        self.runner.run(self.raw.append([Append(CATALOG.name, 0, list(map(an_entry_message, entries)))]))

    @rule(at=st.integers(0, 25), name=st.sampled_from(NAMES))
    def crash_inside_a_flush(self, at: int, name: str) -> None:
        """At any instruction of its transaction, with something to flush."""
        self.post(0, name, 1)
        self.die_in_a_flush(at)

    def teardown(self) -> None:
        if not hasattr(self, "driver"):
            return
        self.finish()
        seen = {partition: self.numbers(partition) for partition in range(16)}
        state = EmbeddedState(self.file)
        kept = {partition: values_of(state.saved("counting", partition)) for partition in range(16)}
        uniques = {partition: state.saved("uniques", partition).get(UNIQUES) for partition in range(16)}
        created = [row["name"] for row in self.rows(METRICS.name, 0) if row["raw_partition"] == -1]
        metrics = {row["name"] for partition in range(16) for row in self.rows(METRICS.name, partition)}
        self.close()

        assert {partition: numbers for partition, numbers in seen.items() if numbers} == self.sent
        assert {partition: values for partition, values in kept.items() if values} == self.counted
        unique = {partition: each.value for partition, each in uniques.items() if each}
        assert unique == {partition: len(names) for partition, names in self.counted.items()}
        # Counting's rows are of names as posted: a list that spread is among them, and no stat of the processor's.
        assert metrics - set(created) == self.announced | {name for names in self.counted.values() for name in names}
        assert created == [f"created {number}" for number in range(1, self.created + 1)]

    def rows(self, topic: str, partition: int) -> list[dict]:
        """The rows of an output partition; what is said of them ends with all of them."""
        rows = [decode(value, TOPICS[topic].subject) for value in self.values(topic, partition)]
        done: dict[str, int] = {}
        end = 0
        for said in map(milestone_of, self.values("progress", partition)):
            assert said.next_offset > done.get(said.topic, 0)
            assert end <= said.ends.get(topic, end) <= len(rows)
            done[said.topic], end = said.next_offset, said.ends.get(topic, end)
        assert end == len(rows)
        for source, next_offset in done.items():
            assert next_offset == self.runner.run(self.raw.end_offset(source, partition))
        return rows

    def values(self, topic: str, partition: int) -> list[bytes]:
        return [record.value for record in self.file.read(topic, partition, 0, 1 << 30)]

    def numbers(self, partition: int) -> list[float]:
        return [row["number"] for row in self.rows(POINTS.name, partition)]


DriverMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=25)
TestEmbeddedDriver = DriverMachine.TestCase
