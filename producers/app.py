"""The edge's web application: FastAPI, with a table of hot paths looked up before anything else."""

from typing import Protocol

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send


class HotHandler(Protocol):
    """Answers a request of the common shape itself and returns None, or returns the `receive` to go on with."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Receive | None: ...


class EdgeApp(FastAPI):
    """FastAPI with `hot`: path -> handler. Every hot path is declared as an ordinary route too, as `add_hot` checks."""

    hot: dict[str, HotHandler]  # set by add_hot

    def add_hot(self, path: str, handler: HotHandler) -> None:
        """Serves a path through a hot handler first; its declared route has to stand already."""
        if path not in self.openapi()["paths"]:
            raise ValueError(f"{path} has no declared route to fall through to")
        self.openapi_schema = None  # routes may be added after this one
        self.hot = {**getattr(self, "hot", {}), path: handler}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            handler = self.hot.get(scope["path"])
            if handler is not None:
                rest = await handler(scope, receive, send)
                if rest is None:
                    return
                receive = rest
        await super().__call__(scope, receive, send)
