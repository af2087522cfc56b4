"""Which output topic goes to which table (of the same name), and how far the tables are by what the sink has kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tilde.schemas.topics import (
    ACCESS,
    ACTIONS,
    ACTIVITY,
    CATALOG,
    CHANGES,
    DEAD_LETTERS,
    EVENTS,
    HITS,
    METRICS,
    OCCURRENCES,
    PEOPLE,
    POINTS,
    PROGRESS,
    PROPERTIES,
    PROPERTY_VALUES,
    SAMPLE_WRITES,
    SAMPLES,
    SITES,
    STATS,
    TOPICS,
    TRAFFIC,
    USERS,
    Topic,
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its output topic; `sources` are the topics whose processors write it.

    While little comes the sink inserts into it once in `pace_s`, so no row waits longer for its insert.
    """

    topic: Topic
    sources: tuple[Topic, ...]
    pace_s: float
    name: str = field(init=False)
    """Its own, and its topic's."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.topic.name)


# What an answer is made of can be read within a second of its acknowledgement. Half of that is for the way to the sink,
# and less than half for the wait there: so the sink is always due when the processors of a data folder have a step.
SOON_S = 0.3
TABLES = (
    Table(POINTS, (STATS, SAMPLE_WRITES, CATALOG), SOON_S),
    # A stat is found by it, so it is there as soon as its points.
    Table(METRICS, (STATS, SAMPLE_WRITES, CATALOG), SOON_S),
    Table(SAMPLES, (SAMPLE_WRITES,), SOON_S),  # who writes one may read it at once
    Table(ACTIONS, (HITS,), 1.0),
    Table(TRAFFIC, (HITS,), 1.0),
    Table(OCCURRENCES, (ACTIVITY,), 1.0),
    Table(PROPERTY_VALUES, (ACTIVITY,), 1.0),
    Table(PEOPLE, (ACTIVITY,), 1.0),
    Table(EVENTS, (ACTIVITY,), 1.0),
    Table(PROPERTIES, (ACTIVITY,), 1.0),
    Table(USERS, (CATALOG,), 1.0),
    Table(SITES, (CATALOG,), 1.0),
    Table(ACCESS, (CATALOG,), 1.0),
    Table(CHANGES, (CATALOG,), 1.0),
    Table(DEAD_LETTERS, (STATS, SAMPLE_WRITES, HITS, ACTIVITY, CATALOG), 2.0),  # an operator looks at them now and then
)
SOURCES = tuple(dict.fromkeys(source.name for table in TABLES for source in table.sources))

Passed = Mapping[tuple[str, int], Mapping[str, int]]
"""How far the tables are. `{("progress", 3): {"stats": 120}}` says that all that partition 3 of `stats` has below
offset 120 is in all of the tables.

Older releases wrote markers between the rows in place of topic `progress`: `{("points", 3): {"stats": 120}}` says it of
table `points` alone.
"""


def passed_by_source(passed: Passed) -> dict[str, list[int]]:
    """By source topic, for each partition: the offset below which all of it is in every table it feeds."""
    return {source: _passed_of(source, passed) for source in SOURCES}


def _passed_of(source: str, passed: Passed) -> list[int]:
    return [
        max(passed.get((PROGRESS.name, partition), {}).get(source, 0), min(_marks(source, partition, passed)))
        for partition in range(TOPICS[source].partitions)
    ]


def _marks(source: str, partition: int, passed: Passed) -> Iterable[int]:
    for table in TABLES:
        if any(source == feeding.name for feeding in table.sources):
            yield passed.get((table.name, partition), {}).get(source, 0)
