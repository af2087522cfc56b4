"""A processor that remembers: of every posted name how often it came, and its first and last event. It proves the
ground that real ones stand on; no release has it.
"""

from typing import Any

from streams.contract import NO_CATALOG, AsOf, Message, Outputs, PlainProcessor, Processor
from streams.processors.sightings import sighting
from streams.state import State
from streams.topology import processors
from tilde.schemas.reading import decoded
from tilde.schemas.topics import DEAD_LETTERS, METRICS, STATS


class CountingProcessor(PlainProcessor):
    """Keeps `[count, first event id, last event id]` by name, and writes a `metrics` row at the first sight of one."""

    name = "counting"
    source = STATS
    outputs = (METRICS, DEAD_LETTERS)
    remembers = True

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        for event in map(decoded, message.content["events"]):
            name, id_ = event["name"], event["id"]
            is_new = state.get(name) is None
            state.change(name, message.offset, lambda kept, id_=id_: counted(kept, id_))  # type: ignore[misc]
            if is_new:
                product, metric, received_at = event["product"], event["metric"], event["received_at"]
                row = sighting(product, metric, event["kind"], name, message.partition, id_, received_at)
                outputs[METRICS.name].append(row)


def counted(kept: list[int] | None, id_: int) -> list[int]:
    """What is kept of a name once one more event of it came."""
    count, first, _ = kept or [0, id_, id_]
    return [count + 1, first, id_]


def with_counting(as_of: AsOf = NO_CATALOG) -> list[Processor]:
    """The processors of a release, and this one."""
    return [*processors(as_of), CountingProcessor()]


def changed_by(events: list[dict[str, Any]], kept: dict[str, list[int]]) -> None:
    """What has to come of some events: the oracle."""
    for event in events:
        kept[event["name"]] = counted(kept.get(event["name"]), event["id"])
