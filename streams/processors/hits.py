"""Hits to rows: each hit is one, as it came, with its local day. What is sealed stays sealed."""

from base64 import b64encode

import orjson

from streams.contract import Message, Outputs
from streams.processors.traffic import LocalDays
from streams.state import State
from tilde.schemas.hit_rows import RowTexts, action_row
from tilde.schemas.topics import ACTIONS, DEAD_LETTERS, HITS


class HitsProcessor:
    """Writes an `actions` row for each hit. It opens nothing, so a replay after an erasure gives the same rows."""

    name = "hits"
    source = HITS
    outputs = (ACTIONS, DEAD_LETTERS)
    remembers = False
    as_of = None

    def __init__(self) -> None:
        self._days = LocalDays()
        self._texts = RowTexts()

    def forget(self) -> None:
        self._days.forget()

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        rows, texts = outputs[ACTIONS.name], self._texts
        for nth, event in enumerate(message.content["events"]):
            day = self._days.day(event["clock_offset_s"], event["clock_rule"], event["received_at"])
            said, parameters = event["said"], event["parameters"]
            sealed = b64encode(event["who"]).decode(), "" if said is None else b64encode(said).decode()
            listed = [[each["name"], each["value"]] for each in parameters]
            told = orjson.dumps(listed).decode() if listed else "[]"
            rows.append(action_row(event, message.version(nth), day, sealed, told, texts))
