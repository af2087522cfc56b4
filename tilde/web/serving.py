"""An HTTP server that its process stops: no signal is its own, and whoever waits is answered."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tilde.runtime.descriptors import Descriptors
from tilde.web.failures import failure

STOP_S = 5  # so long requests that run may take to end
BACKLOG = 2048  # who waits there is not refused: while the edge starts again, or descriptors are short
HANDSHAKE_S = 10.0  # of TLS; as long as a request's head may take

STOPPING = "this server is stopping; try again soon"


@dataclass(frozen=True, slots=True)
class Door:
    """A listening socket, and how TLS is spoken there; plain without."""

    listening: socket.socket
    tls: ssl.SSLContext | None = None


class Server(uvicorn.Server):
    """uvicorn catches SIGTERM beside whoever else does, and is then cancelled in the middle of its own stop. It has one
    certificate for all sockets; and when descriptors run out, its loop closes connections, or the door itself.
    """

    def __init__(self, config: uvicorn.Config, descriptors: Descriptors | None = None) -> None:
        super().__init__(config)
        self._doors: Sequence[Door] = ()
        self._descriptors = descriptors
        self._is_open = False
        self._opened: list[socket.socket] = []  # one a door

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
            await serving
            raise

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Opens the doors; uvicorn's own way knows one kind of them."""
        await super().startup(sockets=[])
        await self._open([door.listening.dup() for door in self._doors])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Closes everything."""
        await super().shutdown(sockets)
        if self._descriptors is not None:
            self._descriptors.close()

    async def _open(self, sockets: list[socket.socket]) -> None:
        """Lets connections in, by one more socket a door: who closes a server closes its socket; the door stays."""
        self._is_open, self._opened = True, sockets
        loop = asyncio.get_running_loop()
        for door, opened in zip(self._doors, sockets, strict=True):
            server = await loop.create_server(
                self._connected,
                sock=opened,
                ssl=door.tls,
                backlog=self.config.backlog,
                ssl_handshake_timeout=HANDSHAKE_S if door.tls else None,
            )
            self.servers.append(server)
            if not self._is_open:  # the first door has let in as many as can be
                self._close()
                return

    def _close(self) -> None:
        """Nobody comes in; who would waits in the socket's backlog."""
        self._is_open = False
        for server in self.servers:
            server.close()
        for opened in self._opened:
            opened.close()
        self.servers.clear()
        self._opened = []

    def _connected(self) -> asyncio.Protocol:
        if self._descriptors is not None and self._descriptors.are_short():
            asyncio.get_running_loop().call_soon(self._close)  # now, this connection would go with it
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: closes the doors when descriptors are short, and opens them when they are not."""
        if self._descriptors is not None and not self.should_exit:
            now_s = asyncio.get_running_loop().time()
            if not self._is_open:
                with suppress(OSError):  # somebody else took the last descriptor; the next tick tries again
                    await self._open_again(self._descriptors, now_s)
            elif self._descriptors.look(now_s) or any(opened.fileno() < 0 for opened in self._opened):
                self._close()  # uvloop itself closes a socket that it cannot accept from
        return await super().on_tick(counter)

    async def _open_again(self, descriptors: Descriptors, now_s: float) -> None:
        """Where descriptors are not short any more: with those that the doors themselves take."""
        with ExitStack() as stack:
            sockets = [stack.enter_context(door.listening.dup()) for door in self._doors]
            if descriptors.look(now_s):
                return
            stack.pop_all()
        await self._open(sockets)


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
