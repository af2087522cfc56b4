"""An edge for tests without its routes: the real catalog, keys and targets over parts in memory, and a clock that
stands still. A dialect's own kit puts its routes on top (`testkit/stathat.py`).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from producers.edge.sealer import NOTHING_SAID
from producers.stats.stat_targets import StatTargets
from testkit.builders import NOON_MS, an_entry, an_entry_message
from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from testkit.sealed import sealed_stats
from tilde.catalog.follower import CatalogFollower
from tilde.catalog.key_lookup import KeyLookup
from tilde.domain.catalog.entries import Fact
from tilde.domain.log.identity import EventIds
from tilde.eventlog import Append, LogError
from tilde.keys.keyring import Keyring
from tilde.schemas.codec import decode
from tilde.schemas.topics import CATALOG, STATS, Topic

KEYRING = Keyring(bytes(range(32)))


class MemoryWriter:
    """The fake EventWriter: `events` are durable, each with its partition. While `is_full` nothing becomes durable."""

    def __init__(self) -> None:
        self.events: list[tuple[int, bytes]] = []
        self.is_full = False
        self._open: list[tuple[int, bytes]] = []

    def post(self, partition: int, event: bytes) -> None:
        self._open.append((partition, event))

    def durable(self) -> asyncio.Future[None]:
        group = asyncio.get_running_loop().create_future()
        if self.is_full:
            group.set_exception(LogError("the log is full"))
            group.exception()  # nobody has to read it
        else:
            self.events += self._open
            group.set_result(None)
        self._open = []
        return group


@dataclass
class MemoryEdge:
    """The open parts of one: what a dialect is made of, under the names that it has in an edge."""

    log: MemoryLog = field(default_factory=MemoryLog)
    writer: MemoryWriter = field(default_factory=MemoryWriter)
    ids: EventIds = field(default_factory=lambda: EventIds(3))
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON_MS))

    def __post_init__(self) -> None:
        self.follower = CatalogFollower(self.log)
        self.targets = StatTargets(self.follower, spreads=True)
        self.keys = KeyLookup(self.follower, KEYRING)

    def open_writer(self, topic: Topic, said: Mapping[str, Any] = NOTHING_SAID) -> MemoryWriter:
        """Its one writer, as `Sealer.writer`."""
        return self.writer

    def records(self) -> list[dict[str, Any]]:
        """The durable events of topic `stats`, as records."""
        events = [event for _, event in self.writer.events]
        return decode(sealed_stats("e", 1, 1, -1, 0, events), STATS.subject)["events"] if events else []

    async def decide(self, *facts: Fact) -> None:
        """Adds entries to the catalog; the edge has not read them yet."""
        first = await self.log.end_offset(CATALOG.name, 0) + 1
        for sequence, fact in enumerate(facts, first):
            await self.log.append([Append(CATALOG.name, 0, [an_entry_message(an_entry(sequence, fact))])])
