"""Hands messages over a socket from one process of a data folder to the process that writes the file they belong in.

    4 bytes of length, the message ->        <- one byte: it is durable, or it is not

Each is answered before the next is sent. A sender that gets no answer sends the message again, which is known by its
own identity.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

from tilde.eventlog.port import LogError
from tilde.runtime.short_path import short_path
from tilde.runtime.tasks import cancel
from tilde.schemas.codec import MESSAGE_BYTES_MAX

LENGTH_BYTES = 4
DURABLE, NOT_DURABLE = b"+", b"-"
ANSWER_S_MAX = 10.0


class Handover:
    """The end that takes messages: `take` returns once one is durable, and raises LogError where it cannot be."""

    def __init__(self, path: Path, take: Callable[[bytes], Awaitable[None]]) -> None:
        self._path = path
        self._take = take
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._bound = contextlib.ExitStack()  # the path that the server was told: asyncio looks at it again at the end

    async def open(self) -> None:
        """Begins to take what is handed over."""
        self._path.unlink(missing_ok=True)
        path = self._bound.enter_context(short_path(self._path))
        self._server = await asyncio.start_unix_server(self._connected, path)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
                await self._answer_all(reader, writer)
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until the other end goes, or sends what is none of ours."""
        while (length := int.from_bytes(await reader.readexactly(LENGTH_BYTES), "big")) <= MESSAGE_BYTES_MAX:
            message = await reader.readexactly(length)
            try:
                await self._take(message)
            except LogError:
                writer.write(NOT_DURABLE)
            else:
                writer.write(DURABLE)
            await writer.drain()

    async def close(self) -> None:
        """Takes no more; what is being taken may become durable, unanswered."""
        if self._server is not None:
            self._server.close()
        await cancel(*self._connections)
        self._bound.close()


class Handing:
    """The end of a watcher, which hands commands over. It connects for each call."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, messages: Sequence[bytes]) -> int:
        """Returns how many are durable at the other end: all, or those before the first of which it cannot be known.
        Raises LogError where that is the first of all.
        """
        durable = 0
        try:
            async with self._connected() as (reader, writer):
                for message in messages:
                    async with asyncio.timeout(ANSWER_S_MAX):  # of each: all may take longer than any one may
                        await self._hand(message, reader, writer)
                    durable += 1
        except (OSError, asyncio.IncompleteReadError, LogError) as cause:  # a timeout is an OSError
            if not durable:
                raise LogError(f"{self._path.name}: {str(cause) or type(cause).__name__}") from cause
        return durable

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        with short_path(self._path) as path:
            async with asyncio.timeout(ANSWER_S_MAX):
                reader, writer = await asyncio.open_unix_connection(path)
        try:
            yield reader, writer
        finally:
            writer.close()

    @staticmethod
    async def _hand(message: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(len(message).to_bytes(LENGTH_BYTES, "big") + message)
        await writer.drain()
        if await reader.readexactly(1) != DURABLE:
            raise LogError("it could not be made durable")
