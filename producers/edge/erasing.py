"""Carries out on this edge what the catalog says is erased, each entry once: those that were decided while it was away,
or after the backup that it was restored from, before it takes posts in.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from tilde.catalog.follower import CatalogFollower
from tilde.domain.catalog.entries import Entry
from tilde.domain.catalog.erasures import VisitorsErased
from tilde.eventlog import LogError
from tilde.keys.keyholders import Keyholders
from tilde.memo import Memo
from tilde.runtime.retrying import Retrying
from tilde.runtime.telling import Outage

RETRY_S = 1.0
RETRY_S_MAX = 30.0  # a try may write the file anew, or wait a second for who reads it
REMEMBERED_MAX = 1_000


class Erasing:
    """Carries out what the catalog says of erasures, at one edge. Keys that are made while it carries an entry out
    belong to somebody new.
    """

    def __init__(self, follower: CatalogFollower, keyholders: Keyholders, on_taken: Callable[[], None]) -> None:
        """`on_taken` is called when keys were taken away, whose bytes may still be there."""
        self._catalog = follower.catalog
        self._keyholders = keyholders
        self._on_taken = on_taken
        self._asked = asyncio.Event()
        self._one = asyncio.Lock()
        self._erased = Memo[int, int](REMEMBERED_MAX)  # keyholders, by the entry; as long as nobody was told
        self._retrying = Retrying(
            LogError, RETRY_S, RETRY_S_MAX, Outage("edge", "the file of visitors' and people's keys")
        )
        follower.listen(self._hear, VisitorsErased)

    def _hear(self, entry: Entry) -> None:
        self._asked.set()

    async def begin(self) -> None:
        """Has no key be there of anybody whom this edge has read of. Raises LogError. What is left as bytes goes, too;
        where it cannot yet, since somebody reads the file, `run` goes on with it.
        """
        async with self._one:
            up_to = await self._take_away()
            with suppress(LogError):
                await self._sweep(up_to)

    async def run(self) -> None:
        """Carries out what comes until cancelled; waits for a file that cannot be written."""
        while True:
            await self._retrying.run(self.catch_up)
            await self._asked.wait()
            self._asked.clear()

    async def catch_up(self) -> None:
        """Carries out all that this edge has read of and has not done. Raises LogError."""
        async with self._one:
            await self._sweep(await self._take_away())

    async def of(self, sequence: int) -> int:
        """How many keyholders of this edge the entry has erased, once nothing of them is left. Those whom earlier
        entries that ask for the same have erased are counted in, if nobody was told: so is who asks again after a
        failure. Raises LogError.
        """
        if self._keyholders.erased_up_to() < sequence:
            await self.catch_up()
        asked = self._catalog.erasures
        alike = [one for one in self._erased if one <= sequence and asked[one][:2] == asked[sequence][:2]]
        return sum(self._erased.pop(one) for one in alike)

    async def _take_away(self) -> int:
        """Returns the last entry that was read."""
        up_to = self._keyholders.erased_up_to()
        for sequence, (realm, hashes, first, _) in list(self._catalog.erasures.items()):
            if sequence > up_to:
                await self._keyholders.take_away(sequence, realm, hashes, first)
                up_to = sequence
        self._on_taken()
        return up_to

    async def _sweep(self, up_to: int) -> None:
        for sequence, many in (await self._keyholders.sweep(up_to)).items():
            self._erased.keep(sequence, many)
