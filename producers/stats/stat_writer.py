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
    """Names that spread, and those without a `~`, are sealed with everybody's; the others into batches of their own."""

    def __init__(self, open_writer: OpenWriter, ids: EventIds) -> None:
        self._ids = ids
        self._spreading = open_writer(STATS)
        self._whole = open_writer(STATS, {"spreads": False})

    def leave(self, to: StatTarget, number: float, t: int | None, received: Receipt) -> int:
        """Leaves one number in the open group; returns the id of its event. Never blocks."""
        event_id = self._ids.next(received.ms)
        writer = self._spreading if to.spreads else self._whole
        writer.post(to.partition, stat_posted(event_id, to.name, number, t, received.encoded))
        for other in to.others:
            self.leave(other, number, t, received)
        return event_id

    def durable(self) -> asyncio.Future[None]:
        """As EventWriter.durable, of all that was left."""
        return self._spreading.durable()
