"""A processor's Table: Faust recovers it from the changelog topic; what is in there we have written ourselves.

Faust's own way to write a changelog commits positions ahead of it, and takes 35 us a record. So the Table is only read
from, and told what has become durable.
"""

from typing import Any

import faust

from streams.drivers.outbox import position_key
from tilde.domain.log.position import Position


class ProcessorTable(faust.Table[str, Any]):
    """Records by key. What stands before the `|` of a key is the partition the record belongs to."""

    def partition_for_key(self, key: str) -> int:
        """The partition comes with the key, so records may be written outside of an agent too."""
        return int(key.partition("|")[0])

    def position(self, partition: int) -> Position:
        """The position record of a partition; the beginning where there is none. Only when the Table is recovered."""
        record = self.data.get(position_key(partition))
        return Position() if record is None else Position.from_json(record)

    def keep_position(self, partition: int, position: Position) -> None:
        """Takes in a position record that is in the changelog already: without the hook that would send it there."""
        self.data[position_key(partition)] = position.to_json()
