"""An HTTP server that its process stops: no signal is its own, and whoever waits is answered."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import uvicorn
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEEP_ALIVE_S = 65  # longer than clients, balancers and our edge keep one idle: nobody sends into a closing one
STOP_S = 5  # so long requests that run may take to end

_STOPPING = JSONResponse(
    {"msg": "this server is stopping; try again soon"}, 503, {"retry-after": "2", "connection": "close"}
)


class Server(uvicorn.Server):
    """uvicorn catches SIGTERM beside whoever else does, and is then cancelled in the middle of its own stop."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override] # wider, and used as such
        return nullcontext()

    async def serve_until_cancelled(self, sockets: Sequence[socket.socket] | None = None) -> None:
        """Serves; when it is cancelled no more is taken in, and what runs is answered, for STOP_S at most."""
        serving = asyncio.create_task(self.serve(list(sockets) if sockets is not None else None))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            self.should_exit = True
            await serving
            raise


def server(app: ASGIApp, **settings: Any) -> Server:
    """A server of an ASGI 3 application, with what all of ours have in common."""
    config = uvicorn.Config(
        app,
        interface="asgi3",
        loop="uvloop",
        access_log=False,  # it costs 43 % and leaks keys
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_S,
        **settings,
    )
    return Server(config)


async def refuse_as_stopping(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to a request that was cancelled before it had one."""
    await _STOPPING(scope, receive, send)


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
