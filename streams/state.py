"""What a processor remembers of one partition: a value by key, which each message changes once, whatever is delivered
or made durable twice.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Kept(NamedTuple):
    """A value, as orjson writes it, and the offset of the last message that changed it."""

    value: Any
    offset: int


NOTHING: Mapping[str, Kept] = {}


class State:
    """The values of one partition under one processor. A driver makes changes durable together with the position that
    covers them. Where it can do that in pieces only, a value may be ahead of the position after a crash: then it says
    itself which messages it has in, and they change nothing when they come again.
    """

    def __init__(self, saved: Mapping[str, Kept] = NOTHING) -> None:
        self._kept = dict(saved)
        self._in = {key: kept.offset for key, kept in saved.items()}
        self._changed: set[str] = set()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> Any:
        """The value of a key; None where nothing is kept."""
        kept = self._kept.get(key)
        return None if kept is None else kept.value

    def change(self, key: str, offset: int, to: Callable[[Any], Any]) -> bool:
        """Puts `to(value)` in place of a key's value, None where there is none; a message may do so more than once.

        False, and nothing is changed, where the message at `offset` was in when the state was loaded: not when this
        message itself has changed it before.
        """
        if not key:
            raise ValueError("a key is not empty: that one is the position's")
        if offset <= self._in.get(key, -1):
            return False
        self._kept[key] = Kept(to(self.get(key)), offset)
        self._changed.add(key)
        return True

    def drain(self) -> dict[str, Kept]:
        """What was changed since the last drain."""
        changed = {key: self._kept[key] for key in self._changed}
        self._changed.clear()
        return changed
