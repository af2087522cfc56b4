"""Where dialects leave numbers for stats, whether a `~` in their names spreads or not."""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from producers.edge.event_writer import EventWriter
from producers.edge.receipts import Receipt
from producers.edge.sealer import NOTHING_SAID
from producers.stats.stat_targets import StatTarget
from tilde.domain.log.identity import EventIds
from tilde.schemas.hot import stat_posted
from tilde.schemas.topics import STATS, Topic


class OpenWriter(Protocol):
    """As `Sealer.writer`."""

    def __call__(self, topic: Topic, said: Mapping[str, Any] = NOTHING_SAID) -> EventWriter:
        """The writer of a topic, of batches of which `said` is said."""
        ...


class StatWriter:
    """Leaves numbers for stats in the open group. Names in which a `~` spreads, and names without one, share batches;
    names in which a `~` is a character like others go into batches that say so.
    """

    def __init__(self, open_writer: OpenWriter, ids: EventIds) -> None:
        self._ids = ids
        self._open_writer = open_writer
        self._spreading = open_writer(STATS)
        self._whole = open_writer(STATS, {"spreads": False})
        self.durable = self._spreading.durable
        """As EventWriter.durable, of all that was left."""

    def leave(self, to: StatTarget, number: float, t: int | None, received: Receipt) -> int:
        """Leaves one number in the open group; returns the id of its event. Never blocks."""
        event_id = self._ids.next(received.ms)
        writer = self._spreading if to.spreads else self._whole
        writer.post(to.partition, stat_posted(event_id, to.name, number, t, received.encoded))
        for other in to.others:
            self.leave(other, number, t, received)
        return event_id

    def gather(self) -> "GatheredStats":
        """A collection of numbers that are then left together."""
        return GatheredStats(self._open_writer, self._ids)


class GatheredStats:
    """Numbers of one large request, gathered over several turns of the loop. `leave` puts all of them into one open
    group; until then nothing of them is left.
    """

    def __init__(self, open_writer: OpenWriter, ids: EventIds) -> None:
        self._open_writer = open_writer
        self._events: list[tuple[EventWriter, int, bytes]] = []
        self._stats = StatWriter(self._holding, ids)

    def _holding(self, topic: Topic, said: Mapping[str, Any] = NOTHING_SAID) -> EventWriter:
        return _HoldingWriter(self._open_writer(topic, said), self._events)

    def add(self, to: StatTarget, number: float, t: int | None, received: Receipt) -> None:
        """Adds a number that is to be left, as StatWriter.leave would."""
        self._stats.leave(to, number, t, received)

    def leave(self) -> None:
        """Leaves all in the open group, in the order in which they were added. Never blocks."""
        for writer, partition, event in self._events:
            writer.post(partition, event)


class _HoldingWriter:
    """An EventWriter that keeps what another one is to be left."""

    def __init__(self, writer: EventWriter, events: list[tuple[EventWriter, int, bytes]]) -> None:
        self._writer = writer
        self._events = events

    def post(self, partition: int, event: bytes) -> None:
        self._events.append((self._writer, partition, event))

    def durable(self) -> asyncio.Future[None]:
        return self._writer.durable()
