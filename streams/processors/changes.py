"""Catalog entries to rows, for people: what was decided, when, and what came of it. What is sealed or hashed is left
out.
"""

from dataclasses import fields, is_dataclass
from typing import Any

import orjson

from streams.contract import Message, Outputs, PlainProcessor
from streams.processors.entries import holding_entry
from streams.state import State
from tilde.schemas.codec import encoder
from tilde.schemas.topics import CATALOG, CHANGES, DEAD_LETTERS

_encode = encoder(CHANGES.subject)


class ChangesProcessor(PlainProcessor):
    """Writes a `changes` row for each entry."""

    name = "changes"
    source = CATALOG
    outputs = (CHANGES, DEAD_LETTERS)
    remembers = True

    def fold(self, message: Message, outputs: Outputs, state: State) -> None:
        entry = holding_entry(message, state)
        if entry is None:
            return
        row = {
            "sequence": entry.sequence,
            "version": message.version(0),
            "is_deleted": 0,
            "decided_at": entry.at_ms,
            "edge": entry.command.edge,
            "refusal": entry.refusal or "",
            "kinds": [type(fact).__name__ for fact in entry.facts],
            "facts": orjson.dumps(list(map(_plain, entry.facts))).decode(),
        }
        outputs[CHANGES.name].append(_encode(row))


def _plain(value: Any) -> Any:
    """A value of JSON, without what is bytes: these are hashes, and what is sealed."""
    if is_dataclass(value):
        later = getattr(value, "LATER", ())  # of a fact
        told = (one for one in fields(value) if one.name not in later or getattr(value, one.name) != one.default)
        named = ((one.name, getattr(value, one.name)) for one in told)
        return {name: _plain(each) for name, each in named if not isinstance(each, bytes)}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value if not isinstance(each, bytes)]
    return value
