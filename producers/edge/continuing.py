"""Tells all other edges whom an erasure has found on this one. An edge finds somebody by an address, or by what a site
calls him, only where it was told that itself. His number is the same on every edge: so this edge asks for one more
erasure, by the numbers that it has found.

That comes to an end. The keys of those whom it tells of are gone here, so it tells of nobody twice; and no edge finds
somebody who came after the erasure.
"""

import asyncio
from itertools import groupby

from producers.edge.command_desk import CommandDesk, CommandRefusedError
from tilde.domain.catalog.erasures import HASHES_MAX, EraseVisitors
from tilde.domain.catalog.state import Catalog
from tilde.eventlog import LogError
from tilde.keys.keyholder_tables import Untold
from tilde.keys.keyholders import Keyholders
from tilde.runtime.portions import portions
from tilde.runtime.retrying import Retrying
from tilde.runtime.telling import Outage

RETRY_S = 1.0
RETRY_S_MAX = 60.0  # a command that nobody decides stands in the log nevertheless
_TROUBLE = (LogError, TimeoutError, CommandRefusedError)  # the last where it was decided too late


class Continuing:
    """Sends the commands that tell other edges of whom this one has found. Until the catalog has such a command, whom
    it is about stands in the file of keyholders.
    """

    def __init__(self, desk: CommandDesk, catalog: Catalog, keyholders: Keyholders) -> None:
        self._desk = desk
        self._catalog = catalog
        self._keyholders = keyholders
        self._asked = asyncio.Event()
        self._is_leased = asyncio.Event()
        self._retrying = Retrying(_TROUBLE, RETRY_S, RETRY_S_MAX, Outage("edge", "the decider"))

    def hear(self) -> None:
        """Says that there may be somebody new to be told of."""
        self._asked.set()

    def begin(self) -> None:
        """Says that the edge is leased to this process, whose commands are its own from now on."""
        self._is_leased.set()

    async def run(self) -> None:
        """Tells what there is until cancelled; asks again where nobody has decided it."""
        await self._is_leased.wait()
        while True:
            self._asked.clear()
            await self._retrying.run(self.tell_all)
            await self._asked.wait()

    async def tell_all(self) -> None:
        """Returns when the catalog has it all. Raises CommandRefusedError, LogError, TimeoutError."""
        for (erasure, realm), of in groupby(self._keyholders.untold(), key=lambda each: each[:2]):
            for some in portions(of, HASHES_MAX):
                await self._tell(erasure, realm, some)

    async def _tell(self, erasure: int, realm: int, some: list[Untold]) -> None:
        numbers = {each.number for each in some} - self._numbers_sent(erasure, realm)
        if numbers:
            await self._desk.ask(EraseVisitors(realm, tuple(sorted(numbers)), erasure))
        await self._keyholders.mark_told(some)

    def _numbers_sent(self, erasure: int, realm: int) -> set[int]:
        """The numbers that an edge has sent before."""
        alike = (one.hashes for one in self._catalog.erasures.values() if one.first == erasure and one.realm == realm)
        return {number for hashes in alike for number in hashes}
