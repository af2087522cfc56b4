"""What a processor remembers of one partition: a value by key, which each message changes once, whatever is delivered
or made durable twice.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import orjson

RECORD_OVERHEAD_BYTES = 48  # beside its key and value, at most


class Kept(NamedTuple):
    """A value, as orjson writes it, and the offset of the last message that changed it."""

    value: Any
    offset: int


NOTHING: Mapping[str, Kept] = {}


class State:
    """The values of one partition under one processor. A driver makes changes durable together with the position that
    covers them, all or nothing.

    What was loaded is what the messages below the position have left, so a change may depend on other keys, and an
    output on what other messages have changed. With each value stands the offset of the last message that
    changed it, and that message and those before it change it no more.
    """

    def __init__(self, saved: Mapping[str, Kept] = NOTHING) -> None:
        self._kept = dict(saved)
        self._in = {key: kept.offset for key, kept in saved.items()}
        self._changed: dict[str, Kept] = {}
        self._sizes: dict[str, int] = {}  # of their records
        self._unmeasured: dict[str, Kept] = {}  # changed since, and not among them yet
        self._bytes = 0

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
        return offset > self._in.get(key, -1) and self.put(key, offset, to(self.get(key)))

    def put(self, key: str, offset: int, value: Any) -> bool:
        """As `change`, to a value that does not depend on the one before."""
        _require_keys((key,))
        if offset <= self._in.get(key, -1):
            return False
        self._kept[key] = self._unmeasured[key] = Kept(value, offset)
        return True

    def put_all(self, values: Mapping[str, Any], offset: int) -> None:
        """As `put`, each value under its key."""
        _require_keys(values)
        kept, unmeasured, loaded_at = self._kept, self._unmeasured, self._in.get
        for key, value in values.items():
            if offset > loaded_at(key, -1):
                kept[key] = unmeasured[key] = Kept(value, offset)

    def changed_bytes(self) -> int:
        """How large the records of what was changed since the last drain are; measured once a message, not a change."""
        sizes = self._sizes
        for key, kept in self._unmeasured.items():
            size = record_bytes(key, kept)
            self._bytes += size - sizes.get(key, 0)
            sizes[key] = size
        self._changed |= self._unmeasured
        self._unmeasured.clear()
        return self._bytes

    def drain(self) -> dict[str, Kept]:
        """What was changed since the last drain, in the order of first changes."""
        changed = self._changed | self._unmeasured if self._unmeasured else self._changed
        self._changed, self._sizes, self._unmeasured, self._bytes = {}, {}, {}, 0
        return changed


class NoState(State):
    """The state of a processor that says that it remembers nothing: it cannot be changed."""

    def put(self, key: str, offset: int, value: Any) -> bool:
        """Raises AssertionError: the change would be lost."""
        raise AssertionError("a processor changes its state that does not say that it remembers")


def _require_keys(keys: Collection[str]) -> None:
    if "" in keys:
        raise ValueError("a key is not empty: that one is the position's")


def record_bytes(key: str, kept: Kept) -> int:
    """How much of a record batch a value takes, at most."""
    return len(orjson.dumps([key, *kept])) + RECORD_OVERHEAD_BYTES
