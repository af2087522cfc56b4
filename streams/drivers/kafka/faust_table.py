"""Keeps the position of a processor that has no state in a Faust Table. Faust recovers the Table from its changelog
topic, which we write ourselves. Processors with state have no Table (decision 0021).

Faust's own way to write a changelog commits positions ahead of it, and takes 35 us a record. So the Table is only read
from, and told what has become durable.
"""

from typing import Any

import faust

from streams.drivers.kafka.flushes import record_key
from streams.drivers.kafka.holding import Drained, Saved
from tilde.domain.log.position import Position


class ProcessorTable(faust.Table[str, Any]):
    """Records by key. A key begins with the partition that its record belongs to, as in `3|..`."""

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
