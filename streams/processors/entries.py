"""Picks the catalog entries that hold, for processors that write rows of them. A decider that was replaced may have
written one more entry with a sequence that its successor has given, too; only the first of the two holds.
"""

from streams.contract import Message
from streams.state import State
from tilde.domain.catalog.entries import Entry
from tilde.schemas.records import entry_of

_LAST = "entry"
"""The sequence of the last one that holds."""


def holding_entry(message: Message, state: State) -> Entry | None:
    """The entry in a message of `catalog`; None where another one had its sequence first, so that it holds nowhere."""
    entry = entry_of(message.content)
    if entry.sequence != (state.get(_LAST) or 0) + 1:
        return None
    return entry if state.put(_LAST, message.offset, entry.sequence) else None
