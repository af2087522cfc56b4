"""A store that only takes blocks, for tests of the sink: it tells what it was given, and when."""

import io
from collections.abc import Mapping
from typing import Any, NamedTuple

import fastavro
import orjson

from tilde.runtime.clock import Clock
from tilde.store.positions import SinkPosition

Rows = list[dict[str, Any]]


class Insert(NamedTuple):
    """One call of `insert_block`."""

    at_s: float
    table: str
    rows: Rows


class SunkStore:
    """Keeps every insert. Positions are those of the last save that had them, as the table's engine keeps them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.inserts: list[Insert] = []
        self.positions: dict[tuple[str, int], SinkPosition] = {}

    async def insert_block(self, table: str, block: bytes, format_: str = "Avro") -> None:
        """Takes it."""
        name = table.partition(".")[2]
        if format_ == "Avro":
            rows = [dict(row) for row in fastavro.reader(io.BytesIO(block)) if isinstance(row, Mapping)]
        else:
            rows = [orjson.loads(line) for line in block.splitlines()]
            for position in (SinkPosition(**row) for row in rows):
                self.positions[position.topic, position.partition] = position
        self.inserts.append(Insert(self._clock.monotonic_s(), name, rows))

    def into(self, table: str) -> list[Insert]:
        """The inserts into one table."""
        return [insert for insert in self.inserts if insert.table == table]

    def rows(self, table: str) -> Rows:
        """All rows that it was given, as often as it was."""
        return [row for insert in self.into(table) for row in insert.rows]
