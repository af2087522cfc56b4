"""Hits to rows: each hit is one, as it came, with its local day. What is sealed stays sealed."""

from streams.contract import Message, Outputs, PlainProcessor
from streams.processors.traffic import LocalDays
from streams.state import State
from tilde.schemas.hit_rows import action_row
from tilde.schemas.topics import ACTIONS, DEAD_LETTERS, HITS


class HitsProcessor(PlainProcessor):
    """Writes an `actions` row for each hit. It opens nothing, so a replay after an erasure gives the same rows."""

    name = "hits"
    source = HITS
    outputs = (ACTIONS, DEAD_LETTERS)

    def __init__(self) -> None:
        self._days = LocalDays()

    def forget(self) -> None:
        self._days.forget()

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        rows = outputs[ACTIONS.name]
        for nth, hit in enumerate(message.content["events"]):
            rows.append(action_row(hit, message.version(nth), self._days.day(hit.clock, hit.received_at)))
