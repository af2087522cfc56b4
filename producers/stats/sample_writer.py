"""Where a dialect leaves writes of samples."""

import asyncio
from typing import NamedTuple

from producers.edge.event_writer import EventWriter
from producers.edge.receipts import Receipt
from tilde.domain.log.identity import EventIds
from tilde.domain.log.partitioner import partition_of_metric
from tilde.domain.samples.writes import SampleWrite
from tilde.domain.stats.metrics import Kind
from tilde.schemas.hot import posted_name, sample_written
from tilde.schemas.sample_writes import sample_write_encoder
from tilde.schemas.topics import SAMPLE_WRITES


class Target(NamedTuple):
    """The stat that samples are written to. Where the sample may make the stat, `name` is what it is called then; None
    where the stat is there already.
    """

    product: int
    metric: int
    kind: Kind
    name: str | None
    partition: int
    encoded: bytes

    @classmethod
    def of(cls, product: int, metric: int, kind: Kind, name: str | None) -> "Target":
        """A target, with what is the same for all of its samples made once."""
        partition = partition_of_metric(metric, SAMPLE_WRITES.partitions)
        return cls(product, metric, kind, name, partition, posted_name(product, metric, kind, name))


class SampleWriter:
    """Leaves writes in the open group of an edge; each gets an event id of its own. Never blocks."""

    def __init__(self, writer: EventWriter, ids: EventIds) -> None:
        """`writer` is that of topic `sample_writes`."""
        self._writer = writer
        self._ids = ids
        self._encoded = sample_write_encoder()

    def leave_new(self, to: Target, number: float, t_ms: int | None, meta: str | None, received: Receipt) -> int:
        """Leaves a write that makes a sample without a ref; returns the sample's id."""
        event = self._ids.next(received.ms)
        self._writer.post(to.partition, sample_written(event, to.encoded, number, t_ms, meta, received.encoded))
        return event

    def leave(self, to: Target, write: SampleWrite) -> None:
        """Leaves any other write, made with `next_id`."""
        self._writer.post(to.partition, self._encoded(write, to.kind, to.name))

    def next_id(self, received: Receipt) -> int:
        """An id for one more event."""
        return self._ids.next(received.ms)

    def durable(self) -> asyncio.Future[None]:
        """As EventWriter.durable."""
        return self._writer.durable()
