"""A processor whose keys depend on each other: amounts move from one to another, so all of them together stay the same.
It proves that state is as the position says, whoever held the partition before; no release has it.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from streams.contract import NO_CATALOG, AsOf, Message, Outputs, PlainProcessor, Processor
from streams.state import State
from streams.topology import processors
from tilde.schemas.reading import decoded
from tilde.schemas.topics import DEAD_LETTERS, STATS

START = 100.0
"""What everybody has in the beginning."""


class TransfersProcessor(PlainProcessor):
    """Keeps what everybody has. A post to `a>b` moves its number from `a` to `b`, where `a` has less, all of that."""

    name = "transfers"
    source = STATS
    outputs = (DEAD_LETTERS,)
    remembers = True

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        for event in map(decoded, message.content["events"]):
            giver, _, taker = event["name"].partition(">")
            amount = min(_has(state.get(giver)), event["number"])
            state.change(giver, message.offset, partial(_with, -amount))
            state.change(taker, message.offset, partial(_with, amount))


def _with(amount: float, kept: float | None) -> float:
    return _has(kept) + amount


def _has(kept: float | None) -> float:
    return START if kept is None else kept


def moved(events: Iterable[dict[str, Any]], kept: dict[str, float]) -> None:
    """What has to come of some events: the oracle."""
    for event in events:
        giver, _, taker = event["name"].partition(">")
        amount = min(_has(kept.get(giver)), event["number"])
        kept[giver] = _has(kept.get(giver)) - amount
        kept[taker] = _has(kept.get(taker)) + amount


def with_transfers(as_of: AsOf = NO_CATALOG) -> list[Processor]:
    """The processors of a release, and this one."""
    return [*processors(as_of), TransfersProcessor()]
