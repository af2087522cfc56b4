"""What a processor looks up as of a batch is the same in a replay, however far this process had read when it folded.

    catalog   1 red    2 blue         3 green ...     (labels of notes, testkit/labels.py)
    examples       [as of 1]  [as of 0]   [as of 3]   (two edges, which may be behind by days)

Live, the driver folds while labels are set, dies, and begins again; its copy of the catalog comes late, or cannot be
read at all. The replay folds the same log from the beginning with the whole catalog.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from streams.contract import AsOf, Processor
from streams.drivers.embedded_driver import EmbeddedDriver
from testkit import example_topic, labels
from testkit.example_topic import EXAMPLES, EchoProcessor
from testkit.labels import LabellingProcessor, NewestLabels, a_label_message
from testkit.memory_log import MemoryLog
from testkit.sealed import FakeEdge
from tilde.catalog.follower import CatalogFollower
from tilde.eventlog import Append, LogError, Record
from tilde.eventlog.logfile import LogFile
from tilde.runtime.clock import SystemClock
from tilde.schemas.codec import decode
from tilde.schemas.topics import CATALOG, METRICS

NOTES = ("a", "b")
PARTITIONS = (0, 1)
Rows = dict[int, list[tuple[int, str]]]
"""By partition: the event and its label, in order."""


@pytest.fixture(autouse=True, scope="module")
def noun():
    with example_topic.known(), labels.known():
        yield


class LateCatalog(MemoryLog):
    """A log of which a follower sees the catalog only up to `seen`, and nothing while it `is_away`."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0
        self.is_away = False

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        if topic != CATALOG.name:
            return await super().read(topic, partition, offset, bytes_max)
        if self.is_away:
            raise LogError("away")
        return [record for record in await super().read(topic, partition, offset) if record.offset < self.seen]


@dataclass
class Life:
    """One log, and a driver over it that lives through what happens."""

    folder: Path
    labelling: Callable[[AsOf], Processor]
    log: LateCatalog = field(default_factory=LateCatalog)
    posted: Rows = field(default_factory=dict)
    echoed: dict[int, list[int]] = field(default_factory=dict)
    set_: list[tuple[str, str]] = field(default_factory=list)
    edges: tuple[FakeEdge, ...] = field(default_factory=lambda: (FakeEdge("e", number=0), FakeEdge("f", number=1)))

    def begin(self) -> None:
        self.file = LogFile(self.folder / "live", writes=True)
        self.driver = self.driver_over(self.file)

    def driver_over(self, file: LogFile) -> EmbeddedDriver:
        return EmbeddedDriver(
            self.log, file, [self.labelling(CatalogFollower(self.log)), EchoProcessor(EXAMPLES)], SystemClock()
        )

    async def set(self, note: str, label: str, is_late: bool) -> None:
        self.set_.append((note, label))
        await self.log.append([Append(CATALOG.name, 0, [a_label_message(len(self.set_), note, label)])])
        if not is_late:
            self.log.seen = len(self.set_)

    async def post(self, which: int, partition: int, notes: Sequence[str], behind: int) -> None:
        """A batch of an edge that has not read the last `behind` entries."""
        sequence = max(0, len(self.set_) - behind)
        held = dict(self.set_[:sequence])
        edge = self.edges[which]
        ids = [edge.next_id() for _ in notes]
        events: list[dict[str, Any]] = [
            {"id": id_, "pair": id_, "note": note} for id_, note in zip(ids, notes, strict=True)
        ]
        await self.log.append([edge.seal(partition, events, EXAMPLES, sequence)])
        self.posted.setdefault(partition, []).extend((event["id"], held.get(event["note"], "")) for event in events)

    async def see(self) -> None:
        self.log.seen, self.log.is_away = len(self.set_), False

    async def lose_sight(self) -> None:
        self.log.is_away = True

    async def step(self) -> None:
        """Whoever needs nothing of the catalog is never stopped by it."""
        while await self.driver.step():
            pass
        posted = {partition: [id_ for id_, _ in rows] for partition, rows in self.posted.items()}
        assert {partition: echoes(self.file, partition) for partition in posted} == posted

    async def crash(self) -> None:
        """kill -9: the connection is never closed in order, and a new process reads the catalog from its beginning."""
        self.abandoned = self.file
        self.begin()


def echoes(file: LogFile, partition: int) -> list[int]:
    values = [record.value for record in file.read(METRICS.name, partition, 0, 1 << 30)]
    return [int(value) for value in values if value[0]]  # an Avro message begins with a zero byte


def rows_of(file: LogFile) -> Rows:
    rows: Rows = {}
    for partition in PARTITIONS:
        values = [record.value for record in file.read(METRICS.name, partition, 0, 1 << 30)]
        decoded = [decode(value, METRICS.subject) for value in values if not value[0]]
        if decoded:
            rows[partition] = [(row["event_id"], row["name"]) for row in decoded]
    return rows


async def lived(
    happens: Sequence[tuple[Any, ...]], labelling: Callable[[AsOf], Processor], folder: Path
) -> tuple[Rows, Rows, Rows]:
    """The rows of a life in which this happens, those of a replay, and what they have to be."""
    life = Life(folder, labelling)
    life.begin()
    for name, *values in happens:
        await getattr(life, name)(*values)
    await life.see()
    await life.step()
    live = rows_of(life.file)
    life.file.close()
    again = LogFile(folder / "replay", writes=True)
    driver = life.driver_over(again)
    while await driver.step():
        pass
    replayed = rows_of(again)
    again.close()
    return live, replayed, life.posted


def runs(happens: Sequence[tuple[Any, ...]], labelling: Callable[[AsOf], Processor]) -> tuple[Rows, Rows, Rows]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(lived(happens, labelling, Path(folder)))


HAPPENS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sampled_from(NOTES), st.sampled_from(("red", "green", "blue")), st.booleans()),
        st.tuples(
            st.just("post"),
            st.integers(0, 1),
            st.sampled_from(PARTITIONS),
            st.lists(st.sampled_from(NOTES), min_size=1, max_size=3),
            st.integers(0, 3),
        ),
        st.sampled_from([("see",), ("lose_sight",), ("step",), ("step",), ("crash",)]),
    ),
    max_size=25,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HAPPENS)
def test_a_replay_looks_up_what_the_live_run_did(happens: list[tuple[Any, ...]]) -> None:
    """And both, what held when each edge had read as far as its batch says."""
    live, replayed, expected = runs(happens, LabellingProcessor)

    assert live == replayed == expected


def test_a_processor_that_looks_up_what_holds_now_is_found_out() -> None:
    """The negative control: a history in which a replay gives other rows is one where something was set that could not
    be seen yet when a post was folded. Which one a search ends with is left to it.
    """

    def differs(happens: list[tuple[Any, ...]]) -> bool:
        live, replayed, _ = runs(happens, NewestLabels)
        return live != replayed

    happens = find(HAPPENS, differs, settings=settings(max_examples=500, deadline=None))

    assert {name for name, *_ in happens} >= {"set", "post", "step"}
