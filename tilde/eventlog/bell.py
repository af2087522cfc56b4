"""Wake-ups between the processes of one data folder: "this topic has grown". Whoever waits looks by himself every
five seconds, so that is what a lost ring costs.

The pipeline process serves the socket; the edge, `tilde tail` and others connect. A ring goes to everybody else.
"""

import asyncio
import contextlib
from collections.abc import Collection
from pathlib import Path

from tilde.runtime.short_path import short_path
from tilde.schemas.topics import TOPICS

RECONNECT_S = 0.2
RING_S = 0.25  # between rings for posts: who follows them rests between steps, and each ring wakes a process
UNREAD_MAX = 4096  # bytes: a process with so many unread rings needs no further one


def _signs(topics: Collection[str]) -> bytes:
    """One byte a topic on the socket."""
    return bytes(ord("a") + place for place, name in enumerate(TOPICS) if name in topics)


class Bell:
    """One process's end of the bell."""

    def __init__(self, path: Path, *, serves: bool) -> None:
        self._path = path
        self._serves = serves
        self._peers: set[asyncio.StreamWriter] = set()
        self._listeners: list[tuple[bytes, asyncio.Event]] = []
        self._server: asyncio.Server | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._bound = contextlib.ExitStack()  # the path that the server was told: asyncio looks at it again at the end

    async def open(self) -> None:
        """Begins to serve, or to keep a connection to the process that serves."""
        if self._serves:
            self._path.unlink(missing_ok=True)
            path = self._bound.enter_context(short_path(self._path))
            self._server = await asyncio.start_unix_server(self._serve, path)
        else:
            self._connecting = asyncio.create_task(self._stay_connected())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # at close; nobody awaits this task
            await self._welcome(reader, writer)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._peers.add(writer)
        self._notify(_signs(TOPICS))  # whatever was appended while nobody was connected
        try:
            while signs := await reader.read(4096):
                self._notify(signs)
                self._send(signs, but=writer)
        except OSError:
            pass  # the other process is gone: it connects again when it is back
        finally:
            self._peers.discard(writer)
            writer.close()

    async def _stay_connected(self) -> None:
        while True:
            try:
                with short_path(self._path) as path:
                    connection = await asyncio.open_unix_connection(path)
            except OSError:
                await asyncio.sleep(RECONNECT_S)
                continue
            await self._welcome(*connection)

    def ring(self, *topics: str) -> None:
        """Tells everybody that these have grown, this process's own listeners too. Never blocks."""
        signs = _signs(topics)
        self._notify(signs)
        self._send(signs)

    def _notify(self, signs: bytes) -> None:
        for heard, listener in self._listeners:
            if any(sign in heard for sign in signs):
                listener.set()

    def _send(self, signs: bytes, but: asyncio.StreamWriter | None = None) -> None:
        for peer in self._peers:
            if peer is not but and not peer.is_closing() and peer.transport.get_write_buffer_size() < UNREAD_MAX:
                peer.write(signs)

    def listener(self, topics: Collection[str]) -> asyncio.Event:
        """A new event, set when one of these topics has grown. Its owner clears it."""
        event = asyncio.Event()
        self._listeners.append((_signs(topics), event))
        return event

    async def close(self) -> None:
        """Serves nobody any more, and is connected to nobody."""
        if self._server is not None:
            self._server.close()
        if self._connecting is not None:
            self._connecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._connecting
        for peer in self._peers:
            peer.close()
        self._bound.close()


class SeldomRing:
    """Rings a bell at once after a pause, and then for all that has grown within RING_S together. Of the `urgent`
    topics somebody waits for what follows: those are always rung at once.
    """

    def __init__(self, bell: Bell, urgent: Collection[str]) -> None:
        self._bell = bell
        self._urgent = frozenset(urgent)
        self._loop = asyncio.get_running_loop()
        self._grown: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._rung_s = self._loop.time() - RING_S

    def ring(self, *topics: str) -> None:
        """Says that these topics have grown. Never blocks."""
        if not self._urgent.isdisjoint(topics):
            self._bell.ring(*topics)
            return
        self._grown.update(topics)
        if self._timer is None:
            early_s = self._rung_s + RING_S - self._loop.time()
            if early_s <= 0:
                self._ring()
            else:
                self._timer = self._loop.call_later(early_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._rung_s = self._loop.time()
        self._bell.ring(*self._grown)
        self._grown.clear()

    def close(self) -> None:
        """Rings for what has grown since, and no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._ring()


async def wait_for(event: asyncio.Event, timeout_s: float) -> None:
    """Returns when the event is set, and clears it, or after `timeout_s`."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):  # wait_for of Python 3.11 may swallow a cancellation
            await event.wait()
    event.clear()
