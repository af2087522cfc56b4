"""Bounds what one client's address gets done in one turn of the event loop; the rest of its work waits for the next
turns.

A client with a thousand connections, each with something to ask, would otherwise make one turn last for seconds, and
everybody's post takes several turns. What counts is all that a client can have done before he is asked who he is: bytes
that are read of him, requests that begin, and large bodies that are whole.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial

WORK_OF_ONE = 64  # some 25 ms; the next turn follows at once
_WEIGHT_BITS = 10  # what is made of a KiB costs a fraction of a millisecond, as a request does


def weight_of(size: int) -> int:
    """How many units of work so many bytes are: a KiB is one, as a request is, and less is none."""
    return size >> _WEIGHT_BITS


class Turns:
    """Says when work for an address may begin, on one event loop. An address that has had its share of this turn waits
    in a line of its own. Work that weighs more than a share is still done in one turn, so whoever hands it in keeps it
    small.
    """

    def __init__(self, of_one: int = WORK_OF_ONE) -> None:
        self._of_one = of_one
        self._begun: dict[str, int] = {}
        self._waiting: dict[str, deque[tuple[Callable[[], object], int]]] = {}

    def may_begin(self, address: str, weight: int = 1) -> bool:
        """Whether work may begin now; it is counted then."""
        begun = self._begun.get(address, 0)
        if begun >= self._of_one:
            return False
        if weight:
            if not self._begun:
                asyncio.get_running_loop().call_soon(self._turn)
            self._begun[address] = begun + weight
        return True

    def count(self, address: str, weight: int) -> None:
        """Counts what has been done already."""
        if not self._begun:
            asyncio.get_running_loop().call_soon(self._turn)
        self._begun[address] = self._begun.get(address, 0) + weight

    def wait(self, address: str, begin: Callable[[], object], weight: int = 1) -> None:
        """Calls `begin` when it is the turn of work that may not begin now."""
        self._waiting.setdefault(address, deque()).append((begin, max(weight, 1)))

    async def turn(self, address: str, weight: int) -> None:
        """Returns when work may begin."""
        if not self.may_begin(address, weight):
            begun = asyncio.get_running_loop().create_future()
            self.wait(address, partial(_begin, begun), weight)
            await begun

    def _turn(self) -> None:
        self._begun.clear()
        for address, waiting in [*self._waiting.items()]:
            while waiting and self.may_begin(address, waiting[0][1]):
                begin, _ = waiting.popleft()
                try:
                    begin()
                except Exception as bug:  # noqa: BLE001 - of one: all others have their turn
                    told = {"message": "work that had its turn", "exception": bug}
                    asyncio.get_running_loop().call_exception_handler(told)
            if not waiting:
                del self._waiting[address]


def _begin(begun: "asyncio.Future[None]") -> None:
    if not begun.done():  # else its request was cancelled
        begun.set_result(None)
