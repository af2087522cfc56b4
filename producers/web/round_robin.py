"""Long work on the event loop is done in portions, one in a turn of the loop, whoever's it is: a post takes several
turns, and is answered between them.
"""

import asyncio
from collections import deque


class RoundRobin:
    """The long work of one loop. Whoever has more to do gets one portion after all others that wait have had one."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def next(self) -> None:
        """Returns when the next portion may begin."""
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[None] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._turn)
        self._waiting.append(mine)
        await mine

    def _turn(self) -> None:
        first = self._waiting.popleft()
        if not first.done():  # else its request was cancelled
            first.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._turn)
