"""Datagrams of a bound UDP socket, taken in some at a time. Nobody waits for an answer, so it is no client that bounds
them: only so many are under way, and what comes beyond waits in the socket's buffer, which drops it when it is full.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from tilde.runtime.telling import tell_bug

PORTION_MAX = 256  # read in one turn of the loop: about a millisecond
PORTION_BYTES_MAX = 64 << 10  # and a datagram more; 256 of the longest are 16 MB, a quarter of a second to read
PORTIONS_MAX = 16  # under way: one commit takes some milliseconds, a broker that is waited for half a second
BYTES_MAX = 65_535  # no datagram is longer


class Datagram(NamedTuple):
    """The bytes of a datagram, and the address that they came from."""

    data: bytes
    sender: Any


Take = Callable[[Sequence[Datagram]], Coroutine[Any, Any, None]]
"""Leaves the events of some datagrams, in the order in which they came, and returns once they are durable. What it
refuses it counts.
"""


@asynccontextmanager
async def taking(bound: socket.socket, take: Take) -> AsyncIterator[None]:
    """Takes what comes in while the block runs. When it is left nothing more is read, and all that was is taken. The
    socket stays open: it is its owner's.
    """
    datagrams = _Datagrams(bound, take)
    try:
        yield
    finally:
        await datagrams.close()


class _Datagrams:
    def __init__(self, bound: socket.socket, take: Take) -> None:
        self._bound = bound
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_closed = False
        bound.setblocking(False)
        self._loop.add_reader(bound, self._read)

    def _read(self) -> None:
        portion = self._portion()
        if not portion:
            return
        taking = self._loop.create_task(self._taken(portion))
        self._under_way.add(taking)
        taking.add_done_callback(self._done)
        if len(self._under_way) >= PORTIONS_MAX:
            self._loop.remove_reader(self._bound)

    def _portion(self) -> list[Datagram]:
        """What is there, at most so many."""
        portion: list[Datagram] = []
        size = 0
        while len(portion) < PORTION_MAX and size < PORTION_BYTES_MAX:
            try:
                portion.append(Datagram(*self._bound.recvfrom(BYTES_MAX)))
            except OSError:  # nothing is there any more; or an answer of somebody's had nowhere to go
                break
            size += len(portion[-1].data)
        return portion

    async def _taken(self, portion: Sequence[Datagram]) -> None:
        try:
            await self._take(portion)
        except Exception as bug:  # noqa: BLE001 - of one portion: whoever sends such a thing must not stop the edge
            tell_bug(bug)

    def _done(self, taking: asyncio.Task[None]) -> None:
        self._under_way.discard(taking)
        if not self._is_closed:
            self._loop.add_reader(self._bound, self._read)

    async def close(self) -> None:
        """Reads no more; returns when all that was read is taken."""
        self._is_closed = True
        self._loop.remove_reader(self._bound)
        if self._under_way:
            await asyncio.wait(self._under_way)
