"""The topics: names, partitions, what they hold and for how long. Public contracts, as docs/topics.md shows them."""

from dataclasses import dataclass
from enum import StrEnum

PARTITIONS = 16  # fixed for a topic's life: a metric's id decides its partition for ever


class Lifetime(StrEnum):
    """How long a topic's records are kept."""

    FOR_EVER = "for ever"  # the truth: never compacted, never deleted
    RETENTION = "retention"  # can be made again from the truth


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the log. `subject` is the schema of its messages; edges write the raw ones, as sealed batches."""

    name: str
    partitions: int
    subject: str
    lifetime: Lifetime
    is_raw: bool = False


STATS = Topic("stats", PARTITIONS, "sealed_stats", Lifetime.FOR_EVER, is_raw=True)
SAMPLE_WRITES = Topic("sample_writes", PARTITIONS, "sealed_sample_writes", Lifetime.FOR_EVER, is_raw=True)
HITS = Topic("hits", PARTITIONS, "sealed_hits", Lifetime.FOR_EVER, is_raw=True)
ACTIVITY = Topic("activity", PARTITIONS, "sealed_activity", Lifetime.FOR_EVER, is_raw=True)
COMMANDS = Topic("commands", 1, "sealed_commands", Lifetime.FOR_EVER, is_raw=True)
CATALOG = Topic("catalog", 1, "entry", Lifetime.FOR_EVER)
POINTS = Topic("points", PARTITIONS, "point", Lifetime.RETENTION)
METRICS = Topic("metrics", PARTITIONS, "metric", Lifetime.RETENTION)
SAMPLES = Topic("samples", PARTITIONS, "sample", Lifetime.RETENTION)
ACTIONS = Topic("actions", PARTITIONS, "action", Lifetime.RETENTION)
TRAFFIC = Topic("traffic", PARTITIONS, "traffic", Lifetime.RETENTION)
OCCURRENCES = Topic("occurrences", PARTITIONS, "occurrence", Lifetime.RETENTION)
PROPERTY_VALUES = Topic("property_values", PARTITIONS, "property_value", Lifetime.RETENTION)
PEOPLE = Topic("people", PARTITIONS, "person", Lifetime.RETENTION)
EVENTS = Topic("events", PARTITIONS, "event", Lifetime.RETENTION)
PROPERTIES = Topic("properties", PARTITIONS, "property", Lifetime.RETENTION)
USERS = Topic("users", 1, "user", Lifetime.RETENTION)
SITES = Topic("sites", 1, "site", Lifetime.RETENTION)
ACCESS = Topic("access", 1, "access", Lifetime.RETENTION)
CHANGES = Topic("changes", 1, "change", Lifetime.RETENTION)
DEAD_LETTERS = Topic("dead_letters", PARTITIONS, "dead_letter", Lifetime.RETENTION)

PROGRESS = Topic("progress", PARTITIONS, "progress", Lifetime.RETENTION)

RAW = (STATS, SAMPLE_WRITES, HITS, ACTIVITY, COMMANDS)
OF_POINTS = (STATS, SAMPLE_WRITES)
"""The raw topics that points come from. `raw_partition` of a row and `ends` of an entry count their partitions in this
order: 0 to 15 are those of `stats`, 16 to 31 those of `sample_writes`. Whatever comes later stands behind.
"""
OF_PEOPLE = (OCCURRENCES, PROPERTY_VALUES, PEOPLE, EVENTS, PROPERTIES)
OUTPUTS = (POINTS, METRICS, SAMPLES, ACTIONS, TRAFFIC, *OF_PEOPLE, USERS, SITES, ACCESS, CHANGES, DEAD_LETTERS)
"""They hold rows, each of its topic's one subject, and nothing else: other people's tools read them as they are."""
DERIVED = (*OUTPUTS, PROGRESS)
"""Made by processors, and so of one generation. How far the outputs are stands in `progress`, beside them."""
TOPICS = {topic.name: topic for topic in (*RAW, CATALOG, *DERIVED)}


def raw_partition(topic: Topic, partition: int) -> int:
    """What rows call a partition of one of OF_POINTS."""
    return sum(one.partitions for one in OF_POINTS[: OF_POINTS.index(topic)]) + partition


def output_name(topic: Topic, generation: int) -> str:
    """A derived topic's name on Kafka: generation 1 has the plain name, a rebuild beside it `points.g2` and so on."""
    return topic.name if generation == 1 else f"{topic.name}.g{generation}"
