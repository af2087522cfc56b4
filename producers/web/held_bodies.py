"""Bounds the memory that the bodies of all requests take together. Where there is no room for more, the body that has
been coming for longest is refused: so a client whose bodies never end is in nobody's way but its own.

    comes --(64 KiB)--> is large: counted with the large ones
      |                     |
      +---------------------+--> whole: counted until it is answered

Small ones have room of their own. Most posts need none: their body comes in one piece, and is read at once. One of
several KiB is whole when its address has its turn: what a route then makes of it takes milliseconds, and hundreds may
have come at once.
"""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fastapi import HTTPException
from starlette.types import Message, Receive

from producers.web.clients import client_of
from producers.web.turns import Turns, weight_of

SMALL_BYTES = 64 << 10
SMALL_BYTES_MAX = 16 << 20  # 256 that never end; the next small one still finds room
LARGE_BYTES_MAX = 48 << 20  # a dozen of the largest batches; what is made of one in memory may be ten times its size
RETRY_AFTER_S = "5"
NO_SCOPE: Mapping[str, Any] = MappingProxyType({})


class NoRoomError(HTTPException):
    """There is no room for a body, which is told as 503: nothing of it was kept."""

    def __init__(self) -> None:
        super().__init__(503, "too many large requests at a time; try again soon", {"retry-after": RETRY_AFTER_S})


class _Room:
    """Room for `bytes_max`: how much of it is taken, and the bodies that are still coming, the oldest first."""

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self.bytes = 0
        self.coming: dict[HeldBody, None] = {}

    def make_room(self) -> None:
        while self.bytes > self.bytes_max and self.coming:
            next(iter(self.coming)).let_go()


class HeldBodies:
    """The bodies of all requests on one event loop: small ones, and large ones. `turns` are that loop's."""

    def __init__(
        self, turns: Turns, small_bytes_max: int = SMALL_BYTES_MAX, large_bytes_max: int = LARGE_BYTES_MAX
    ) -> None:
        self.turns = turns
        self.small = _Room(small_bytes_max)
        self.large = _Room(large_bytes_max)

    @property
    def bytes(self) -> int:
        """How many bytes are held now."""
        return self.small.bytes + self.large.bytes


class HeldBody:
    """One request's body, from its first byte to the end of its answer."""

    __slots__ = ("_bodies", "_bytes", "_receive", "_room", "_scope", "_waiting", "_was_let_go")

    def __init__(self, bodies: HeldBodies, receive: Receive, scope: Mapping[str, Any] = NO_SCOPE) -> None:
        """Whose turns it waits for is in the request's `scope`."""
        self._bodies = bodies
        self._scope = scope
        self._receive = receive
        self._room = bodies.small
        self._bytes = 0
        self._waiting: asyncio.Timeout | None = None
        self._was_let_go = False

    async def receive(self) -> Message:
        """The next piece of the body. Raises NoRoomError."""
        try:
            async with asyncio.timeout(None) as self._waiting:
                message = await self._receive()
        except TimeoutError:
            raise NoRoomError from None
        finally:
            self._waiting = None
        piece = len(message.get("body", b""))
        if piece and not self._was_let_go:
            self._hold(piece)
        if not message.get("more_body", False):
            self._room.coming.pop(self, None)
        self._room.make_room()
        if self._room.bytes > self._room.bytes_max:  # all the others are whole, and soon answered
            self.let_go()
        if self._was_let_go and message["type"] == "http.request":
            raise NoRoomError
        if not message.get("more_body", False):
            await self._turn()
        return message

    async def _turn(self) -> None:
        """Returns when a route may begin with what is whole."""
        if weight := weight_of(self._bytes):
            await self._bodies.turns.turn(client_of(self._scope).network, weight)

    def _hold(self, piece: int) -> None:
        if self._room is self._bodies.small and self._bytes + piece > SMALL_BYTES:
            held = self._bytes
            self.close()
            self._room, self._bytes = self._bodies.large, held
            self._room.bytes += held
        self._bytes += piece
        self._room.bytes += piece
        self._room.coming.setdefault(self)

    def let_go(self) -> None:
        """Refuses its request, at once where that waits for more."""
        self._was_let_go = True
        self.close()
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())

    def close(self) -> None:
        """Gives its room back."""
        self._room.bytes -= self._bytes
        self._bytes = 0
        self._room.coming.pop(self, None)
