"""A processor's Table: Faust recovers it from the changelog topic; what is in there we have written ourselves.

Faust's own way to write a changelog commits positions ahead of it, and takes 35 us a record. So the Table is only read
from, and told what has become durable.
"""

from typing import Any

import faust

from streams.drivers.holding import Drained, Saved
from streams.drivers.kafka_flushes import record_key
from streams.state import Kept
from tilde.domain.log.position import Position


class ProcessorTable(faust.Table[str, Any]):
    """Records by key. What stands before the `|` of a key is the partition the record belongs to."""

    def partition_for_key(self, key: str) -> int:
        """The partition comes with the key, so records may be written outside of an agent too."""
        return int(key.partition("|")[0])

    def saved(self, partition: int) -> Saved:
        """The position of a partition, the beginning where there is none, and its state. Only when the Table is
        recovered.
        """
        position = self.data.get(record_key(partition))
        if position is None:
            return Saved(Position())
        own = record_key(partition)
        state = {
            key.removeprefix(own): Kept(*self.data[key]) for key in self.data if key.startswith(own) and key != own
        }
        return Saved(Position.from_json(position), state)

    def keep(self, drained: Drained) -> None:
        """Takes in what is in the changelog already: without the hook that would send it there."""
        for key, kept in drained.state.items():
            self.data[record_key(drained.partition, key)] = list(kept)
        self.data[record_key(drained.partition)] = drained.position.to_json()
