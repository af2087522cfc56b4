"""The edge's web application: FastAPI, with a table of hot paths looked up before anything else."""

import asyncio
from typing import Any, Protocol

from fastapi import FastAPI, HTTPException, Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from tilde.serving import answered, refuse_as_stopping

REQUEST_BYTES_MAX = 8 << 20  # for routes without a lower limit of their own; all of it may stand in memory


class HotHandler(Protocol):
    """Answers a request of the common shape itself and returns None, or returns the `receive` to go on with."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Receive | None: ...


class EdgeApp(FastAPI):
    """FastAPI with `hot`: path -> handler. Every hot path is declared as an ordinary route too, as `add_hot` checks."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.add_exception_handler(ClientDisconnect, _gone)
        self.hot: dict[str, HotHandler] = {}

    def add_hot(self, path: str, handler: HotHandler) -> None:
        """Serves a path through a hot handler first; its declared route has to stand already."""
        if path not in self.openapi()["paths"]:
            raise ValueError(f"{path} has no declared route to fall through to")
        self.openapi_schema = None  # routes may be added after this one
        self.hot[path] = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            handler = self.hot.get(scope["path"])
            if handler is not None:
                try:
                    rest = await handler(scope, receive, send)
                except asyncio.CancelledError:  # it waits for the log, and answers in one go
                    return await refuse_as_stopping(scope, receive, send)
                if rest is None:
                    return None
                receive = rest
            return await answered(super().__call__, scope, _bounded(receive), send)
        return await super().__call__(scope, receive, send)


async def _gone(request: Request, error: Exception) -> Response:
    """A client that left in the middle of its body: no error of ours, and nobody is left to be told."""
    return Response(status_code=400)


def _bounded(receive: Receive) -> Receive:
    """Receives a request up to REQUEST_BYTES_MAX; more is answered 413, whichever route reads it."""
    received = 0

    async def bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > REQUEST_BYTES_MAX:
            raise HTTPException(413, f"a request has at most {REQUEST_BYTES_MAX >> 20} MiB")
        return message

    return bounded
