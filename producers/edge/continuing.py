"""Tells all other edges whom an erasure has found on this one. By an address, or by what a site calls him, an edge
finds those alone of whom it was told that itself; the number that a keyholder has is the same on every edge.

It ends: what is told was taken away here, so nobody tells it twice, and who came after the erasure is found by no edge.
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
    """Tells other edges of whom one edge has found. What is to be told is in the file of keyholders until the catalog
    has it.
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
        numbers = {each.number for each in some} - self._told(erasure, realm)
        if numbers:
            await self._desk.ask(EraseVisitors(realm, tuple(sorted(numbers)), erasure))
        await self._keyholders.told(some)

    def _told(self, erasure: int, realm: int) -> set[int]:
        """The numbers that an edge has told already."""
        alike = (one.hashes for one in self._catalog.erasures.values() if one.first == erasure and one.realm == realm)
        return {number for hashes in alike for number in hashes}
