"""What is known of people, by key: plain JSON. What may turn out too large is tried in a draft."""

from collections.abc import Mapping
from typing import Any, Protocol

RECORD_BYTES = 80  # of a record beside its key and value, at most: quotes, an offset, what a record batch adds
_CHARACTER_BYTES_MAX = 6  # of a name, in JSON
_NUMBER_BYTES_MAX = 21
_NOTHING = object()


class Remembered(Protocol):
    """Values by key: texts, lists of numbers, None."""

    def get(self, key: str) -> Any:
        """The value of a key; None where nothing was put."""
        ...


class Memory(Remembered, Protocol):
    """What is remembered, and can be changed."""

    def put(self, key: str, value: Any) -> None: ...


class Draft:
    """Changes over a memory that are kept together, or not at all."""

    def __init__(self, under: Remembered) -> None:
        self._under = under
        self._values: dict[str, Any] = {}
        self._bytes: int | None = None  # of all records, once somebody asks

    def get(self, key: str) -> Any:
        """The value as it would be were the draft kept."""
        value = self._values.get(key, _NOTHING)
        return self._under.get(key) if value is _NOTHING else value

    def put(self, key: str, value: Any) -> None:
        """Changes a value in the draft; what is under it stays as it is."""
        if self._bytes is not None:
            self._bytes += self._larger(key, value)
        self._values[key] = value

    @property
    def changes(self) -> Mapping[str, Any]:
        """What differs from what is under it, in the order of first changes."""
        return self._values

    def bytes_with(self, changes: Mapping[str, Any]) -> int:
        """How large the records of its changes are, at most, with some more."""
        if self._bytes is None:
            self._bytes = sum(record_bytes(key, value) for key, value in self._values.items())
        return self._bytes + sum(self._larger(key, value) for key, value in changes.items())

    def keep_in(self, memory: Memory) -> None:
        """Changes what is under it, which is a memory then."""
        for key, value in self._values.items():
            memory.put(key, value)

    def _larger(self, key: str, value: Any) -> int:
        before = self._values.get(key, _NOTHING)
        return record_bytes(key, value) - (0 if before is _NOTHING else record_bytes(key, before))


def record_bytes(key: str, value: Any) -> int:
    """How large the record of a value is, at most."""
    if value is None:
        return RECORD_BYTES + _text_bytes(key)
    if isinstance(value, str) and key.isascii() and value.isascii():  # nearly all, and an alias asks for all of them
        return RECORD_BYTES + len(key) + len(value)
    return (
        RECORD_BYTES
        + _text_bytes(key)
        + (_text_bytes(value) if isinstance(value, str) else _NUMBER_BYTES_MAX * len(value))
    )


def _text_bytes(text: str) -> int:
    return len(text) if text.isascii() else _CHARACTER_BYTES_MAX * len(text)
