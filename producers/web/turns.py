"""How many requests of one address begin in one turn of the loop; its others wait for the next turns.

A client with a thousand connections, each with something to ask, would else make a turn last half a second, and
everybody's post takes several turns.
"""

import asyncio
from collections import deque
from collections.abc import Callable

BEGIN_OF_ONE = 64  # some 25 ms of work; the next turn follows at once


class Turns:
    """Lets requests on one event loop begin. An address that has begun its share waits in a line of its own."""

    def __init__(self, of_one: int = BEGIN_OF_ONE) -> None:
        self._of_one = of_one
        self._begun: dict[str, int] = {}
        self._waiting: dict[str, deque[Callable[[], object]]] = {}

    def may_begin(self, address: str) -> bool:
        """Whether a request may begin now; it is counted then."""
        begun = self._begun.get(address, 0)
        if begun >= self._of_one:
            return False
        if not self._begun:
            asyncio.get_running_loop().call_soon(self._turn)
        self._begun[address] = begun + 1
        return True

    def wait(self, address: str, begin: Callable[[], object]) -> None:
        """Calls `begin` when it is the turn of a request that may not begin now."""
        self._waiting.setdefault(address, deque()).append(begin)

    def _turn(self) -> None:
        self._begun.clear()
        for address, waiting in [*self._waiting.items()]:
            while waiting and self.may_begin(address):
                waiting.popleft()()
            if not waiting:
                del self._waiting[address]
