"""Lets long work on the event loop go on portion by portion, one in each turn of the loop. A post takes several turns,
so it is answered between the portions of a large batch.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Hashable


class RoundRobin:
    """Gives the portions of one event loop out, account by account. After a portion of one account each other account
    that waits has one, however many requests the first has sent.
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
