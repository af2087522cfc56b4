"""The partitions that a worker holds between two rebalances, each once for every processor that reads it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streams.contract import Outputs, Processor
from streams.drivers.partition_fold import PartitionFold, SharedRecord
from streams.state import NOTHING, Kept
from tilde.domain.log.position import Position
from tilde.eventlog import Record

OutputPartition = tuple[str, int]
"""An output topic and a partition of it."""


class ProcessorPartition(NamedTuple):
    """A processor's name and a partition of its source: what a position and a state belong to."""

    processor: str
    partition: int


class SourcePartition(NamedTuple):
    """A topic and a partition of it, which all processors of the topic read."""

    topic: str
    partition: int


class Saved(NamedTuple):
    """The position at which a processor goes on in a partition, and the state that it had there."""

    position: Position
    state: Mapping[str, Kept] = NOTHING


class Drained(NamedTuple):
    """What one processor's partition hands to a flush: the outputs since the last one, the position that covers them,
    and what has changed of the state.
    """

    processor: str
    partition: int
    outputs: Outputs
    position: Position
    state: Mapping[str, Kept] = NOTHING
    """What was changed of it."""


class HeldPartition:
    """Folds one partition under one processor. Deliveries, repairs and catching up take turns under `lock`; a flush may
    drain at any time.
    """

    def __init__(self, processor: Processor, partition: int, saved: Saved, poison_run_max: int) -> None:
        self.id = ProcessorPartition(processor.name, partition)
        self.source = SourcePartition(processor.source.name, partition)
        self.fold = PartitionFold(processor, partition, saved.position, poison_run_max, saved.state)
        self.drained_offset = saved.position.next_offset  # all below it was drained, or durable before
        self.lock = asyncio.Lock()
        self.behind_since_s: float | None = None
        self.repairs = 0  # of lost tails, since the last delivery
        self.delivered_offset = 0  # all below it was brought, or is in the log before what was
        self.is_behind = False
        """Whether it had to wait for the catalog, or is far from what is delivered, and has not yet read back what it
        misses: until then deliveries pass it by.
        """

    @property
    def next_offset(self) -> int:
        """The offset that must be folded next."""
        return self.fold.position.next_offset

    def shared(self, record: Record) -> SharedRecord:
        """A record of its source, for all processors that this worker holds the partition under."""
        return SharedRecord(record, self.fold.processor.source.subject)

    def delivered(self, offset: int) -> None:
        """Says that Faust has brought this record: the partition is not stuck."""
        self.delivered_offset = max(self.delivered_offset, offset + 1)
        self.behind_since_s = None
        self.repairs = 0

    def drain(self) -> Drained:
        """All that was folded since the last drain, with the position that covers it."""
        fold = self.fold
        self.drained_offset = fold.position.next_offset
        return Drained(*self.id, fold.drain(), fold.position, fold.state.drain())


class Holding:
    """All that this worker was given by one assignment. The next rebalance ends it: whatever runs looks at `is_over`
    after each await, and then drops what it has.
    """

    def __init__(self, partitions: Sequence[HeldPartition]) -> None:
        self.partitions: Mapping[ProcessorPartition, HeldPartition] = {held.id: held for held in partitions}
        self.by_source: dict[SourcePartition, list[HeldPartition]] = {}
        for held in partitions:
            self.by_source.setdefault(held.source, []).append(held)
        self.is_over = False
        self.ends: dict[OutputPartition, int] = {}
        """Below them stands all that was flushed of these partitions, by this holding and by those before it."""
        self.positioned_s: dict[tuple[str, int], float] = {}
        """When a position was last made durable, by processor and partition."""

    @property
    def events(self) -> int:
        """How many events wait for the next flush."""
        return sum(held.fold.events for held in self.partitions.values())

    @property
    def messages(self) -> int:
        """How many output messages wait for the next flush."""
        return sum(held.fold.messages for held in self.partitions.values())

    def drain(self) -> list[Drained]:
        """What has changed since the last flush."""
        return [held.drain() for held in self.partitions.values() if held.fold.is_dirty]
