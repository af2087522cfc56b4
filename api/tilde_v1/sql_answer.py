"""Sends the answer of an operator's SQL piece by piece. A failure is told as long as nothing was sent; the statement
ends with its client.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from tilde.runtime.telling import tell
from tilde.store import QueryRefusedError, StoreError

SHOWN_BYTES = 64 << 10  # at a time: a millisecond or some
HELD_BYTES = 1 << 20  # so much is known to be right before the client hears that it is


class Shown(Protocol):
    """Rewrites the engine's output on its way out, piece by piece."""

    def take(self, piece: bytes) -> bytes:
        """What can be sent now."""
        ...

    def rest(self) -> bytes:
        """What is left once all was taken."""
        ...


class JsonArray:
    """One array of the engine's JSON lines; a text has no line break in it, but written out."""

    def __init__(self) -> None:
        self._before = b"["
        self._begun = b""

    def take(self, piece: bytes) -> bytes:
        """The rows so far; what ends the last one waits for the next."""
        lines = self._begun + piece
        self._begun = b"\n" if lines.endswith(b"\n") else b""
        before, self._before = self._before, b""
        return before + lines.removesuffix(b"\n").replace(b"\n", b",")

    def rest(self) -> bytes:
        """The end."""
        before, self._before = self._before, b""
        return before + b"]"


class EndingResponse(StreamingResponse):
    """Streams, and ends what it streams with itself: also where the client is gone in the middle. A failure cuts it
    off: the server closes the connection, and the client sees that there is no end.
    """

    def __init__(self, content: AsyncIterator[bytes], source: AsyncGenerator[bytes], media_type: str) -> None:
        super().__init__(content, media_type=media_type)
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._source.aclose()

    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        except (QueryRefusedError, StoreError) as error:
            tell("api", f"an answer of SQL was cut off: {error}")


async def begun_with(pieces: AsyncGenerator[bytes]) -> list[bytes]:
    """The first pieces: all of them, or so many that no failure is expected any more. Raises what they raise."""
    held: list[bytes] = []
    async for piece in pieces:
        held.append(piece)
        if sum(map(len, held)) >= HELD_BYTES:
            break
    return held


async def shown(begun: list[bytes], rest: AsyncGenerator[bytes], by: Shown) -> AsyncIterator[bytes]:
    """All pieces as they are sent. What is made of them may take longer than the engine did, so it is made in a thread,
    little by little: others are answered meanwhile.
    """
    async for piece in _all_of(begun, rest):
        for at in range(0, len(piece), SHOWN_BYTES):
            yield await asyncio.to_thread(by.take, piece[at : at + SHOWN_BYTES])
    yield await asyncio.to_thread(by.rest)


async def _all_of(begun: list[bytes], rest: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    for piece in begun:
        yield piece
    async for piece in rest:
        yield piece
