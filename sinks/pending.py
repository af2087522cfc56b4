"""Keeps what was read for one table and is not in it yet, partition by partition."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from sinks.block import by_schema
from tilde.eventlog import Record
from tilde.schemas.codec import PoisonError, decode, header
from tilde.schemas.registry import latest
from tilde.store.positions import SinkPosition
from tilde.store.tables import Table

MARKER = header(latest("marker"))
# An insert costs 10 ms of CPU however few its rows: with so many, no more a row than the edge has spent on its post.
ROWS_DUE = 250


class Reading(NamedTuple):
    """Records of one partition, as they were read in one go; `messages` are those that are no markers, by schema."""

    partition: int
    records: list[Record]
    messages: dict[bytes, list[bytes]]


class Pending:
    """Collects the rows that one table is to get. It knows when they are due, and which positions hold once they are
    inserted.
    """

    def __init__(self, table: Table, saved: Sequence[SinkPosition]) -> None:
        self.table = table
        self.rows = 0
        self._readings: list[Reading] = []
        self._next = dict.fromkeys(range(table.topic.partitions), 0)
        self._passed: dict[int, dict[str, int]] = {partition: {} for partition in self._next}
        self._moved: set[int] = set()
        self._drained_s = -inf
        for position in (position for position in saved if position.topic == table.name):
            self._next[position.partition] = position.next_offset
            self._passed[position.partition] = dict(position.passed)

    def next_offset(self, partition: int) -> int:
        """The offset to read next."""
        return self._next[partition]

    def take(self, partition: int, records: list[Record]) -> None:
        """Takes in what was read at the partition's next offset. Markers are no rows: they say how far a source is.
        Releases before topic `progress` wrote them after each flush, and topics of theirs are read for ever.
        """
        messages = by_schema([record.value for record in records])
        broken = [marker for marker in messages.pop(MARKER, ()) if not self._take_marker(partition, marker)]
        if broken:
            messages[MARKER] = broken  # no row will come of it, but a dead letter
        rows = sum(map(len, messages.values()))
        if rows:
            self._readings.append(Reading(partition, records, messages))
        self.rows += rows
        self._next[partition] = records[-1].offset + 1
        self._moved.add(partition)

    def _take_marker(self, partition: int, message: bytes) -> bool:
        try:
            marker = decode(message, "marker")
        except PoisonError:
            return False
        passed = self._passed[partition]
        passed[marker["topic"]] = max(passed.get(marker["topic"], 0), marker["next_offset"])
        return True

    @property
    def due_s(self) -> float:
        """The monotonic second from which on what waits is to be inserted: infinite while nothing waits. The first row
        after a pause is due at once, and so is what is worth an insert.
        """
        if not self.rows:
            return inf
        return -inf if self.rows >= ROWS_DUE else self._drained_s + self.table.pace_s

    def drain(self, now_s: float) -> tuple[list[Reading], list[SinkPosition]]:
        """What is to be inserted, and the positions that hold once it is: of the partitions that moved."""
        if self.rows:
            self._drained_s = now_s
        positions = [
            SinkPosition(self.table.name, partition, self._next[partition], dict(self._passed[partition]))
            for partition in sorted(self._moved)
        ]
        readings, self._readings = self._readings, []
        self._moved.clear()
        self.rows = 0
        return readings, positions
