"""Messages handed from one process of a data folder to the one that writes the file they belong in, over a socket.

    4 bytes of length, the message ->        <- one byte: it is durable, or it is not

Each is answered before the next. Who gets no answer hands it over again: it has an identity of its own.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
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
        """Begins to take."""
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
    """The end that hands over. Connects for each call."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, messages: Sequence[bytes]) -> None:
        """Returns once all are durable at the other end, in order. Raises LogError where it cannot be known of all."""
        try:
            await self._send(messages)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as cause:
            raise LogError(f"{self._path.name}: {str(cause) or type(cause).__name__}") from cause

    async def _send(self, messages: Sequence[bytes]) -> None:
        with short_path(self._path) as path:
            reader, writer = await asyncio.open_unix_connection(path)
        try:
            for message in messages:
                async with asyncio.timeout(ANSWER_S_MAX):  # of each: all of them may take longer than any one may
                    writer.write(len(message).to_bytes(LENGTH_BYTES, "big") + message)
                    await writer.drain()
                    answer = await reader.readexactly(1)
                if answer != DURABLE:
                    raise LogError(f"{self._path.name}: it could not be made durable")
        finally:
            writer.close()
