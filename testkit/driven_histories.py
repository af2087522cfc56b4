"""Histories of people, each of a product of its own, and questions to ask of each; and what
both drivers make of all of them at once.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from streams.drivers.embedded_driver import EmbeddedDriver
from streams.topology import processors
from testkit.memory_log import MemoryLog
from testkit.people_histories import an_event_of, once_a_second
from testkit.random_people import RandomPeople
from testkit.sealed import FakeEdge
from tilde.domain.log.partitioner import partition_of_site
from tilde.domain.people.question import Part
from tilde.eventlog import Append
from tilde.eventlog.logfile import LogFile
from tilde.runtime.clock import SystemClock
from tilde.schemas.topics import ACTIVITY, OF_PEOPLE

QUESTIONS_EACH = 20
EVENTS_A_BATCH = 7
FIRST_PRODUCT = 1_000

Rows = Mapping[str, frozenset[bytes]]
"""By output topic."""


class History(NamedTuple):
    """What the people of a product did, in the order in which it came, and what is asked about them."""

    product: int
    acts: Sequence[Any]
    questions: Sequence[Part]

    def events(self, edge: FakeEdge) -> list[dict[str, Any]]:
        """Of topic `activity`, with ids of an edge."""
        return [an_event_of(self.product, edge.next_id(), act) for act in self.acts]


def histories(many: int) -> list[History]:
    """Always the same ones; of more the first are those of fewer."""
    found = []
    for nth in range(many):
        people = RandomPeople(nth)
        questions = [people.question() for _ in range(QUESTIONS_EACH)]
        found.append(History(FIRST_PRODUCT + nth, once_a_second(people.acts()), questions))
    return found


def sealed(found: Iterable[History]) -> list[Append]:
    """All of them as one edge ships them, in small batches, those of many products in turn."""
    edge, batches = FakeEdge(), []
    rest = [(history.product, history.events(edge)) for history in found]
    while rest:
        for product, events in rest:
            partition = partition_of_site(product, ACTIVITY.partitions)
            batches += [edge.seal(partition, events[:EVENTS_A_BATCH], ACTIVITY)] if events else []
        rest = [(product, events[EVENTS_A_BATCH:]) for product, events in rest if events[EVENTS_A_BATCH:]]
    return batches


async def folded(batches: Sequence[Append], folder: Path) -> Rows:
    """What the embedded driver makes of them."""
    raw, outputs = MemoryLog(), LogFile(folder / "outputs.log", writes=True)
    driver = EmbeddedDriver(raw, outputs, processors(), SystemClock())
    for batch in batches:
        await raw.append([batch])
    while await driver.step():
        await asyncio.sleep(0)
    rows = {
        topic.name: frozenset(
            record.value
            for partition in range(topic.partitions)
            for record in outputs.read(topic.name, partition, 0, 1 << 40)
        )
        for topic in OF_PEOPLE
    }
    outputs.close()
    return rows
