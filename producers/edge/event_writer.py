"""Writers of events: the port that dialects use, and the writer of one topic behind it. The writers of an edge share
one open group, so events of two topics that were left in it become durable together.
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple, Protocol

from tilde.schemas.codec import header
from tilde.schemas.registry import Schema
from tilde.schemas.topics import Topic


class EventWriter(Protocol):
    """Where a dialect leaves its events. What `durable` returned for survives kill -9 and a power cut."""

    def post(self, partition: int, event: bytes) -> None:
        """Adds one event, the body that its topic's schema has, to the open group. Never blocks."""
        ...

    def durable(self) -> asyncio.Future[None]:
        """Done once everything posted before the call is durable, in other topics too; LogError when it could not be
        written.

        Many wait for one future: it cannot be cancelled, so who is cancelled while waiting harms nobody else, and
        ends when it is done.
        """
        ...


class EventPlace(NamedTuple):
    """Where an event stands for ever: the batch that it is in, and its place there."""

    edge: str
    epoch: int
    offset: int
    at: int


class OpenPartition(list[bytes]):
    """The events that a writer was left for one partition since the last group was closed, in order. `places` has a
    future for each that waits for its place, by its index here.
    """

    __slots__ = ("partition", "places", "writer")

    def __init__(self, writer: "TopicWriter", partition: int) -> None:
        self.writer = writer  # an empty list needs no more to begin with
        self.partition = partition
        self.places: dict[int, asyncio.Future[EventPlace]] = {}

    def cut(self, first: int, events: int, edge: str, epoch: int, offset: int) -> None:
        """The events from the `first` on, so many, are the batch at this edge offset."""
        for at in self.places.keys() & range(first, first + events):
            self.places[at].set_result(EventPlace(edge, epoch, offset, at - first))


class _ByPartition(dict[int, OpenPartition]):
    """The same by partition. A post costs one look-up; the first one of a partition calls `opened`."""

    def __init__(self, opened: Callable[[int], OpenPartition]) -> None:
        super().__init__()
        self._opened = opened

    def __missing__(self, partition: int) -> OpenPartition:
        left = self[partition] = self._opened(partition)
        return left


class TopicWriter:
    """The EventWriter of one topic, for events encoded with one version of its schema, in batches that have this `end`
    behind them.
    """

    def __init__(
        self,
        topic: Topic,
        schema: Schema,
        end: bytes,
        on_open: Callable[[OpenPartition], None],
        durable: Callable[[], asyncio.Future[None]],
    ) -> None:
        """`on_open` is called at the first event that a partition is left for a group."""
        self.topic = topic
        self.header = header(schema)
        self.end = end
        self.durable = durable  # the sealer's own, since every post calls it
        self._on_open = on_open
        self.left = _ByPartition(self._open)  # for the open group; the sealer empties it when it closes that

    def _open(self, partition: int) -> OpenPartition:
        if not 0 <= partition < self.topic.partitions:
            raise ValueError(f"{self.topic.name} has no partition {partition}")
        left = OpenPartition(self, partition)
        self._on_open(left)
        return left

    def post(self, partition: int, event: bytes) -> None:
        self.left[partition].append(event)

    async def place(self, partition: int, event: bytes) -> EventPlace:
        """Posts one event; returns where it stands, once it is durable there. Raises LogError."""
        left = self.left[partition]
        place: asyncio.Future[EventPlace] = asyncio.get_running_loop().create_future()
        left.places[len(left)] = place
        left.append(event)
        await self.durable()
        return await place
