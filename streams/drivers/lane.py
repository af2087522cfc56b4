"""What a worker holds between two rebalances: its lanes, each one partition under one processor."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streams.contract import Processor
from streams.drivers.outbox import Drained, OutputPartition, Saved
from streams.drivers.partition_fold import PartitionFold, Reading
from tilde.eventlog import Record


class LaneKey(NamedTuple):
    """Which lane: a processor's name and a partition of its source."""

    processor: str
    partition: int


class Source(NamedTuple):
    """A topic and a partition of it, which all processors of the topic read."""

    topic: str
    partition: int


class Lane:
    """Folds one partition. Deliveries, repairs and catching up take turns under `lock`; a flush may drain at any
    time.
    """

    def __init__(self, processor: Processor, partition: int, saved: Saved, poison_run_max: int) -> None:
        self.key = LaneKey(processor.name, partition)
        self.source = Source(processor.source.name, partition)
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

    def reading(self, record: Record) -> Reading:
        """A record of its source, for all lanes of that."""
        return Reading(record, self.fold.processor.source.subject)

    def delivered(self, offset: int) -> None:
        """Faust has brought this record: it is not stuck."""
        self.delivered_offset = max(self.delivered_offset, offset + 1)
        self.behind_since_s = None
        self.repairs = 0

    def drain(self) -> Drained:
        """Everything since the last drain, with the position that covers it."""
        fold = self.fold
        self.drained_offset = fold.position.next_offset
        return Drained(*self.key, fold.drain(), fold.position, fold.state.drain())


class Holding:
    """The lanes of one assignment. Running work looks at `is_over` after each await, and then drops what it has."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.lanes: Mapping[LaneKey, Lane] = {lane.key: lane for lane in lanes}
        self.by_source: dict[Source, list[Lane]] = {}
        for lane in lanes:
            self.by_source.setdefault(lane.source, []).append(lane)
        self.is_over = False
        self.ends: dict[OutputPartition, int] = {}
        """Below them stands all that was flushed of these lanes, by this holding and by those before it."""

    @property
    def events(self) -> int:
        """How many events wait for the next flush."""
        return sum(lane.fold.events for lane in self.lanes.values())

    @property
    def messages(self) -> int:
        """How many output messages wait for it."""
        return sum(lane.fold.messages for lane in self.lanes.values())

    def drain(self) -> list[Drained]:
        """What has changed since the last flush."""
        return [lane.drain() for lane in self.lanes.values() if lane.fold.is_dirty]
