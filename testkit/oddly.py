"""Batches as somebody else may write them, and what is said of them: for tests of what reads batches by hand."""

import re
from collections.abc import Callable
from random import Random
from typing import Any

from tilde.schemas.codec import PoisonError
from tilde.schemas.hot import double, long

_AT = re.compile(" at 0x[0-9a-f]+")  # fastavro says of some objects where in memory they are


def batch_or_why(read: Callable[[bytes], dict[str, Any]], message: bytes) -> Any:
    """The batch, or why there is none."""
    try:
        return read(message)
    except PoisonError as poison:
        return _AT.sub("", str(poison))


class Oddly:
    """Writes Avro as it allows it, and more than it allows, now and then in another way than everybody does: numbers in
    more bytes than they need, arrays in several blocks, branches and symbols counted from the end.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._odds = chance.choice([0.0, 0.02, 0.2])

    def _is_odd(self) -> bool:
        return self._chance.random() < self._odds

    def number(self, value: int) -> bytes:
        """An int or a long."""
        encoded = long(value)
        if not self._is_odd():
            return encoded
        more = b"\x80" * self._chance.randrange(2) + b"\0"
        return encoded[:-1] + bytes((encoded[-1] | 0x80,)) + more

    def written(self, schema: Any, value: Any) -> bytes:
        """A value of a schema, parsed; one of a union is null or its second branch."""
        written = b""
        match schema:
            case list():
                index = int(value is not None)
                written = self._index(index, len(schema)) + self.written(schema[index], value)
            case {"type": "record", "fields": fields}:
                written = b"".join(self.written(field["type"], value[field["name"]]) for field in fields)
            case {"type": "enum", "symbols": symbols}:
                written = self._index(symbols.index(value), len(symbols))
            case {"type": "array", "items": items}:
                written = b"".join(map(self._block, *self._blocks(items, value))) + self.number(0)
            case "long":
                written = self.number(value)
            case "double":
                written = double(value)
            case "string":
                written = self.written("bytes", value.encode())
            case "bytes":
                written = self.number(len(value)) + value
        return written

    def _index(self, index: int, count: int) -> bytes:
        return self.number(index - count if self._is_odd() else index)

    def _blocks(self, items: Any, values: list[Any]) -> tuple[list[int], list[bytes]]:
        written = [self.written(items, value) for value in values]
        if self._is_odd():
            return [1] * len(written), written
        return ([len(written)], [b"".join(written)]) if written else ([], [])

    def _block(self, count: int, written: bytes) -> bytes:
        if self._is_odd():
            return self.number(-count) + self.number(len(written)) + written
        return self.number(count) + written
