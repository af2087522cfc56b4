"""The pipeline on one page: which processor reads what and writes what.

stats ----> StatsProcessor -----> points, metrics      (and dead_letters)
catalog --> CreationsProcessor -> metrics, points      (deleting rows)
commands -> the decider --------> catalog              (streams/decider.py)

On Kafka each processor has a changelog topic, with the positions (and the state, where it has some) of its partitions.
"""

from streams.contract import Processor
from streams.processors.creations import CreationsProcessor
from streams.processors.stats import StatsProcessor


def processors() -> list[Processor]:
    """A fresh instance of every processor."""
    return [StatsProcessor(), CreationsProcessor()]


def app_id(generation: int) -> str:
    """The Faust application, and so the consumer group, of a generation."""
    return "tilde-streams" if generation == 1 else f"tilde-streams-g{generation}"


def changelog_name(processor: str, generation: int) -> str:
    """The changelog topic of a processor's Table, as Faust names it."""
    return f"{app_id(generation)}-{processor}-changelog"


def changelogs(generation: int) -> dict[str, int]:
    """Partitions by changelog topic: as many as the processor's source has, so that Faust assigns them together."""
    return {changelog_name(each.name, generation): each.source.partitions for each in processors()}
