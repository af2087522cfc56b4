"""Where a dialect leaves numbers for stats whose names may not spread. One whose names always do has no need of it: the
writer of topic `stats` is the one for those.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from producers.edge.event_writer import EventWriter
from producers.stats.destinations import Destination
from tilde.domain.log.identity import EventIds
from tilde.schemas.hot import long, stat_posted
from tilde.schemas.topics import STATS, Topic

OpenWriter = Callable[[Topic, None, Mapping[str, Any]], EventWriter]
"""As `Sealer.writer`."""


class StatWriter:
    """Names that spread, and those without a `~`, are sealed with everybody's; the others into batches of their own."""

    def __init__(self, open_writer: OpenWriter, ids: EventIds) -> None:
        self._ids = ids
        self._spreading = open_writer(STATS, None, {})
        self._whole = open_writer(STATS, None, {"spreads": False})

    def leave(self, to: Destination, number: float, t: int | None, received_ms: int) -> int:
        """Leaves one number in the open group; returns the id of its event. Never blocks."""
        event_id = self._ids.next(received_ms)
        writer = self._spreading if to.spreads else self._whole
        writer.post(to.partition, stat_posted(event_id, to.name, number, t, long(received_ms)))
        for other in to.others:
            self.leave(other, number, t, received_ms)
        return event_id

    def durable(self) -> asyncio.Future[None]:
        """As EventWriter.durable, of all that was left."""
        return self._spreading.durable()
