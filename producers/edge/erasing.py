"""Carries out on this edge what the catalog says is erased, each entry once: those that were decided while it was away,
or after the backup that it was restored from, before it takes posts in.
"""

import asyncio

from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.entries import Entry
from tilde.domain.catalog.erasures import VisitorsErased
from tilde.eventlog import LogError
from tilde.keys.visitors import Visitors
from tilde.runtime.retrying import Retrying
from tilde.runtime.telling import Outage

RETRY_S = 1.0
REMEMBERED_MAX = 1_000


class Erasing:
    """Of one edge. Keys that are made while it carries an entry out belong to somebody new."""

    def __init__(self, follower: CatalogFollower, visitors: Visitors) -> None:
        self._catalog = follower.catalog
        self._visitors = visitors
        self._asked = asyncio.Event()
        self._one = asyncio.Lock()
        self._erased: dict[int, int] = {}
        self._retrying = Retrying(LogError, RETRY_S, outage=Outage("edge", "the file of visitors' keys"))
        follower.listen(self._hear, VisitorsErased)

    def _hear(self, entry: Entry) -> None:
        self._asked.set()

    async def run(self) -> None:
        """Carries out what comes until cancelled; waits for a file that cannot be written."""
        while True:
            await self._retrying.run(self.catch_up)
            await self._asked.wait()
            self._asked.clear()

    async def catch_up(self) -> None:
        """Carries out all that this edge has read of and has not done. Raises LogError."""
        async with self._one:
            done = self._visitors.erased_up_to()
            for sequence, (site, hashes) in list(self._catalog.erasures.items()):
                if sequence > done:
                    self._remember(sequence, await self._visitors.erase(site, hashes, sequence))

    async def of(self, sequence: int) -> int:
        """How many visitors of this edge the entry has erased, once it has. Raises LogError."""
        if sequence not in self._erased:
            await self.catch_up()
        return self._erased.get(sequence, 0)

    def _remember(self, sequence: int, visitors: int) -> None:
        if len(self._erased) >= REMEMBERED_MAX:
            self._erased.clear()
        self._erased[sequence] = visitors
