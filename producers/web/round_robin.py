"""Long work on the event loop is done in portions, one in a turn of the loop, whoever's it is: a post takes several
turns, and is answered between them.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Hashable


class RoundRobin:
    """The long work of one loop. Whose more there is to do gets one portion after all others that wait have had one,
    however many requests of his there are.
    """

    def __init__(self) -> None:
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()

    async def next(self, whose: Hashable) -> None:
        """Returns when the next portion may begin. `whose` is whom the dialect knows its sender by: an account."""
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[None] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._turn)
        self._waiting.setdefault(whose, deque()).append(mine)
        await mine

    def _turn(self) -> None:
        whose, futures = next(iter(self._waiting.items()))
        first = futures.popleft()
        if futures:
            self._waiting.move_to_end(whose)
        else:
            del self._waiting[whose]
        if not first.done():  # else its request was cancelled
            first.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._turn)
