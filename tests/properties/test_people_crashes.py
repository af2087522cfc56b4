"""People against crashes of the embedded driver at any moment: whatever two edges send, repeat or ship late, whose an
identity is and what the events and properties of a product are is what a slow oracle says of the log, and a replay has
the same rows.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from streams.contract import Processor
from streams.drivers.partition_fold import PartitionFold
from streams.processors.activity import ActivityProcessor
from streams.processors.people import PeopleProcessor
from testkit.people import NOON_S, a_number, a_text, an_activity, indexes_of, names_of, people_of
from testkit.people_oracle import PeopleOracle
from testkit.sealed import NOON_MS, FakeEdge
from tests.properties.crashing_driver import CrashingDriver
from tilde.domain.log.partitioner import partition_of_site
from tilde.domain.log.position import Position
from tilde.domain.people import text_tree
from tilde.eventlog import Record
from tilde.schemas.codec import decode
from tilde.schemas.topics import ACTIVITY, EVENTS, OF_PEOPLE, PEOPLE, PROPERTIES

PRODUCTS = st.sampled_from([32, 32, 32, 48])
IDENTITIES = st.integers(1, 4)
SECONDS = st.integers(0, 3)
NAMES = st.sampled_from(["bought", "signed up"])
NO_PROPERTIES = st.just(())
PROPERTY = st.builds(a_number, NAMES, st.just(1.0)) | st.builds(a_text, NAMES, st.integers(1, 2))
DONE = st.tuples(PRODUCTS, IDENTITIES, SECONDS, NAMES, st.none(), NO_PROPERTIES)
SET = st.tuples(PRODUCTS, IDENTITIES, SECONDS, st.none(), st.none(), st.tuples(PROPERTY))
ALIAS = st.tuples(PRODUCTS, IDENTITIES, SECONDS, st.none(), IDENTITIES, NO_PROPERTIES)
ACT = DONE | DONE | SET | ALIAS


def event_of(event_id: int, act: Any) -> dict[str, Any]:
    product, identity, second, name, other, properties = act
    said = {"properties": list(properties), "received_at": NOON_MS + event_id % 7}
    return an_activity(event_id, identity, name, product=product, at=NOON_S + second, other=other, **said)


def require(oracle: PeopleOracle, rows: dict[str, list[dict[str, Any]]]) -> None:
    """The rows are what the oracle says."""
    assert people_of(rows[PEOPLE.name]) == oracle.people()
    assert names_of(rows[EVENTS.name], "event") == oracle.events()
    assert names_of(rows[PROPERTIES.name], "property") == oracle.properties()


class PeopleMachine(CrashingDriver):
    """`self.oracle` has all of the log, each event once."""

    @initialize()
    def begin(self) -> None:
        self.prepare()
        self.oracle = PeopleOracle()
        self.start()

    def processors(self) -> Sequence[Processor]:
        return [ActivityProcessor(), PeopleProcessor()]

    @rule(which=st.integers(0, 1), acts=st.lists(ACT, min_size=1, max_size=6))
    def send(self, which: int, acts: list[Any]) -> None:
        """A batch a partition of an edge."""
        edge = self.edges[which]
        by_partition: dict[int, list[dict[str, Any]]] = {}
        for act in acts:
            event = event_of(edge.next_id(), act)
            by_partition.setdefault(partition_of_site(event["product"], ACTIVITY.partitions), []).append(event)
            self.oracle.history.append(event)
        for partition, events in by_partition.items():
            self.append(edge.seal(partition, events, ACTIVITY))

    @rule(at=st.integers(0, 25), act=ACT)
    def crash_inside_a_flush(self, at: int, act: Any) -> None:
        """At any instruction of its transaction, with something to flush."""
        self.send(0, [act])
        self.die_in_a_flush(at)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        return {
            topic.name: [
                decode(record.value, topic.subject)
                for partition in range(topic.partitions)
                for record in self.file.read(topic.name, partition, 0, 1 << 30)
            ]
            for topic in OF_PEOPLE
        }

    def teardown(self) -> None:
        if not hasattr(self, "driver"):
            return
        self.finish()
        live = self.rows()
        self.replay()
        again = self.rows()
        self.close()

        require(self.oracle, live)
        assert again == live
        done = [event["event"] for event in self.oracle.history if event["name"] is not None]
        assert sorted(row["event_id"] for row in live["occurrences"]) == sorted(done)


PeopleMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=15)
TestPeople = PeopleMachine.TestCase


def rows_after(history: list[dict[str, Any]], cuts: int) -> dict[str, list[dict[str, Any]]]:
    """What a history gives, in batches of so many."""
    fold, edge = PartitionFold(PeopleProcessor(), 3, Position()), FakeEdge()
    for begins in range(0, len(history), cuts):
        (sealed,) = edge.seal(3, history[begins : begins + cuts], ACTIVITY).values
        fold.take(Record(fold.position.next_offset, sealed))
    given = fold.drain()
    return {topic.name: [decode(row, topic.subject) for row in given[topic.name]] for topic in OF_PEOPLE}


@pytest.fixture
def _small_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few events make a tree of some levels."""
    monkeypatch.setattr(text_tree, "NODE_TEXTS_MAX", 2)


@pytest.mark.usefixtures("_small_nodes")
@given(st.data())
def test_whatever_order_a_history_comes_in_the_tables_are_the_oracles(data: st.DataObject) -> None:
    """Indexes alone follow the order; they are the log's."""
    history = [event_of(n, act) for n, act in enumerate(data.draw(st.lists(ACT, min_size=8, max_size=40)))]
    permuted = data.draw(st.permutations(history))

    for one in (history, permuted):
        rows = rows_after(one, data.draw(st.integers(1, 7)))
        oracle = PeopleOracle(list(one))
        require(PeopleOracle(list(history)), rows)
        assert indexes_of(rows[EVENTS.name], "event") == oracle.indexes()
        assert indexes_of(rows[PROPERTIES.name], "property") == oracle.indexes(of_properties=True)
