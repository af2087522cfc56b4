"""The positions of a processor that remembers nothing, in a Table: Faust recovers it from the changelog topic; what
is in there we have written ourselves. What others remember has no Table (decision 0021).

Faust's own way to write a changelog commits positions ahead of it, and takes 35 us a record. So the Table is only read
from, and told what has become durable.
"""

from typing import Any

import faust

from streams.drivers.kafka.flushes import record_key
from streams.drivers.kafka.holding import Drained, Saved
from tilde.domain.log.position import Position


class ProcessorTable(faust.Table[str, Any]):
    """Records by key. What stands before the `|` of a key is the partition the record belongs to."""

    def partition_for_key(self, key: str) -> int:
        """The partition comes with the key, so records may be written outside of an agent too."""
        return int(key.partition("|")[0])

    def saved(self, partition: int) -> Saved:
        """The position of a partition, the beginning where there is none. Only when the Table is recovered."""
        position = self.data.get(record_key(partition))
        return Saved(Position() if position is None else Position.from_json(position))

    def keep(self, drained: Drained) -> None:
        """Takes in what is in the changelog already: without the hook that would send it there."""
        self.data[record_key(drained.partition)] = drained.position.to_json()
