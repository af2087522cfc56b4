"""Runs an HTTP server that its process stops, not a signal; everybody who waits is answered before it ends."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tilde.runtime.descriptors import Descriptors
from tilde.runtime.tasks import cancel
from tilde.web.addresses import BACKLOG
from tilde.web.failures import failure

STOP_S = 5  # so long requests that run may take to end
LET_IN_MAX = 512  # in one turn of the loop: some 20 ms
HANDSHAKE_S = 10.0  # of TLS; as long as a request's head may take
TICK_S = 0.1  # while the doors are closed
IDLE_TICK_S = 1.0  # for the date of answers alone: ten ticks a second cost an idle process half of what it took

STOPPING = "this server is stopping; try again soon"


@dataclass(frozen=True, slots=True)
class Door:
    """A listening socket, and how TLS is spoken there; plain without."""

    listening: socket.socket
    tls: ssl.SSLContext | None = None


class Server(uvicorn.Server):
    """uvicorn catches SIGTERM beside whoever else does, and is then cancelled in the middle of its own stop. It has one
    certificate for all sockets; and its loop lets one connection in a turn, so that nobody comes in for seconds while a
    thousand others wait at the door, each with work to do; and closes the door for good when descriptors run out.
    """

    def __init__(self, config: uvicorn.Config, descriptors: Descriptors | None = None) -> None:
        super().__init__(config)
        self._doors: Sequence[Door] = ()
        self._descriptors = descriptors
        self._is_open = False
        self._coming_in: set[asyncio.Task[None]] = set()
        self._awake = asyncio.Event()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override] # wider, and used as such
        return nullcontext()

    async def serve_until_cancelled(self, doors: Sequence[Door]) -> None:
        """Serves; when it is cancelled no more is taken in, and what runs is answered, for STOP_S at most."""
        self._doors = doors
        serving = asyncio.create_task(self.serve([door.listening for door in doors]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            self.should_exit = True
            self._awake.set()
            await serving
            raise

    async def main_loop(self) -> None:
        """Ticks until it is to stop, and then ends at once."""
        while not await self.on_tick(0):  # with any other number the date of answers stays as it is
            self._awake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_TICK_S if self._is_open else TICK_S):
                    await self._awake.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Opens the doors that it serves at."""
        await super().startup(sockets=[])
        for door in self._doors:
            door.listening.setblocking(False)
            door.listening.listen(self.config.backlog)
        self._open()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Closes doors and connections."""
        self._close()
        await cancel(*self._coming_in)
        await super().shutdown(sockets)
        if self._descriptors is not None:
            self._descriptors.close()

    def _open(self) -> None:
        self._is_open = True
        for door in self._doors:
            asyncio.get_running_loop().add_reader(door.listening, self._let_in, door)

    def _close(self) -> None:
        """Nobody comes in; who would waits in the socket's backlog."""
        self._is_open = False
        self._awake.set()  # the next look is soon
        for door in self._doors:
            asyncio.get_running_loop().remove_reader(door.listening)

    def _let_in(self, door: Door) -> None:
        """Those who wait at a door, some of them; the others in the next turn."""
        for _ in range(LET_IN_MAX):
            if self._descriptors is not None and self._descriptors.are_short():
                self._close()
                return
            try:
                connection, _ = door.listening.accept()
            except BlockingIOError:
                return
            except ConnectionAbortedError:  # gone while he waited
                continue
            except OSError:  # no descriptor, no memory: the next tick tries again
                self._close()
                return
            coming_in = asyncio.create_task(self._connected(door, connection))
            self._coming_in.add(coming_in)
            coming_in.add_done_callback(self._coming_in.discard)

    async def _connected(self, door: Door, connection: socket.socket) -> None:
        connection.setblocking(False)
        with suppress(OSError):  # no TLS is spoken, or he has gone
            await asyncio.get_running_loop().connect_accepted_socket(
                self._protocol, connection, ssl=door.tls, ssl_handshake_timeout=HANDSHAKE_S if door.tls else None
            )

    def _protocol(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    async def on_tick(self, counter: int) -> bool:
        """Closes the doors when descriptors are short, and opens them when they are not."""
        if not self.should_exit:
            now_s = asyncio.get_running_loop().time()
            if self._descriptors is not None and self._descriptors.look(now_s):
                self._close()
            elif not self._is_open:
                self._open()
        return await super().on_tick(counter)


def server(app: ASGIApp, descriptors: Descriptors | None, keep_alive_s: int, **settings: Any) -> Server:
    """A server of an ASGI 3 application, with what all of ours have in common."""
    config = uvicorn.Config(
        app,
        interface="asgi3",
        loop="uvloop",
        workers=1,  # else uvicorn takes WEB_CONCURRENCY for it
        log_config=None,  # its own would write what a client sent as it came
        access_log=False,  # it costs 43 % and leaks keys
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        backlog=BACKLOG,
        timeout_keep_alive=keep_alive_s,
        timeout_graceful_shutdown=STOP_S,
        **settings,
    )
    return Server(config, descriptors)


async def refuse_as_stopping(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to a request that was cancelled before it had one."""
    answer = failure(scope["path"], 503, STOPPING, {"retry-after": "2", "connection": "close"})
    await answer(scope, receive, send)


async def answered(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Runs an application for one request; where that is cancelled, as uvicorn does after STOP_S, says so in words."""
    has_begun = False

    async def watched(message: Message) -> None:
        nonlocal has_begun
        has_begun = True
        await send(message)

    try:
        await app(scope, receive, watched)
    except asyncio.CancelledError:
        if not has_begun:  # else the connection is closed in the middle of it
            await refuse_as_stopping(scope, receive, send)
