"""What a generation is called on Kafka. Names outlive a process: none is derived from a path of ours."""

from collections.abc import Iterable

from streams.contract import Processor


def app_id(generation: int) -> str:
    """The Faust application, and so the consumer group, of a generation."""
    return "tilde-streams" if generation == 1 else f"tilde-streams-g{generation}"


def changelog_name(processor: str, generation: int) -> str:
    """The changelog topic of a processor's Table, as Faust names it."""
    return f"{app_id(generation)}-{processor}-changelog"


def changelogs(generation: int, processors: Iterable[Processor]) -> dict[str, int]:
    """Partitions by changelog topic: as many as the processor's source has, so that Faust assigns them together."""
    return {changelog_name(each.name, generation): each.source.partitions for each in processors}


def transactional_id(source: str, partition: int, generation: int) -> str:
    """Under which the holder of a source partition writes what its processors remember."""
    return f"{app_id(generation)}-{source}-{partition}"
