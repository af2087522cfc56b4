"""The edge's web application: FastAPI, with a table of hot paths looked up before anything else.

request --> hot path, of the common shape --> answered
              all others: plain path, CORS, a bound on bodies --> routes
"""

import asyncio
from collections.abc import Collection
from typing import Any, Protocol

from fastapi import Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from producers.web.cors import NO_CORS, Cors, MethodsAt
from producers.web.held_bodies import HeldBodies, HeldBody
from tilde.web.bodies import bounded
from tilde.web.plain_app import PlainApp
from tilde.web.plain_paths import with_plain_path
from tilde.web.serving import answered, refuse_as_stopping

REQUEST_BYTES_MAX = 8 << 20  # whatever a route takes; each has a lower limit of its own


class HotHandler(Protocol):
    """Answers a request of the common shape itself and returns None, or returns the `receive` to go on with."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Receive | None: ...


class EdgeApp(PlainApp):
    """FastAPI with `hot`: path -> handler. Every hot path is declared as an ordinary route too, as `add_hot` checks."""

    def __init__(self, cors: Cors = NO_CORS, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.add_exception_handler(ClientDisconnect, _gone)
        self.hot: dict[str, HotHandler] = {}
        self.bodies = HeldBodies()
        self._cors = cors
        self.ask_methods: MethodsAt | None = None

    def add_hot(self, path: str, handler: HotHandler) -> None:
        """Serves a path through a hot handler first; its declared route has to stand already."""
        if path not in self.openapi()["paths"]:
            raise ValueError(f"{path} has no declared route to fall through to")
        self.openapi_schema = None  # routes may be added after this one
        self.hot[path] = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await super().__call__(scope, receive, send)
        handler = self.hot.get(scope["path"])
        if handler is None:
            scope = with_plain_path(scope)
            handler = self.hot.get(scope["path"])
        if handler is not None:
            try:
                rest = await handler(scope, receive, send)
            except asyncio.CancelledError:  # it waits for the log, and answers in one go
                return await refuse_as_stopping(scope, receive, send)
            if rest is None:
                return None
            receive = rest
        if await self._cors.answers(scope, send, self.methods_of):
            return None
        return await self._routed(scope, receive, self._cors.told(scope, send))

    async def methods_of(self, scope: Scope) -> Collection[str] | None:
        """Its own and those behind it, by `ask_methods` where that is set."""
        return await (self.ask_methods or super().methods_of)(scope)

    async def _routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = HeldBody(self.bodies, bounded(scope, receive, REQUEST_BYTES_MAX))
        try:
            await answered(super().__call__, scope, body.receive, send)
        finally:
            body.close()


async def _gone(request: Request, error: Exception) -> Response:
    """A client that left in the middle of its body: no error of ours, and nobody is left to be told."""
    return Response(status_code=400)
