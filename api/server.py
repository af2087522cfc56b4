"""Serves the query API: on a socket of the data folder, or on a port."""

import asyncio
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from tilde.garbage import collect_rarely

KEEP_ALIVE_S = 65  # longer than the edge keeps an idle connection, so that it never sends into a closing one
STOP_S = 5


def _server(app: ASGIApp, **where: Any) -> "_Server":
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        access_log=False,  # it leaks tokens
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_S,
        **where,
    )
    return _Server(config)


class _Server(uvicorn.Server):
    """Takes no signals: its process decides who stops when."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override] # wider, and used as such
        return nullcontext()

    async def serve_until_cancelled(self) -> None:
        """Requests that run are answered, for STOP_S at most."""
        collect_rarely()
        serving = asyncio.create_task(self.serve())
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            self.should_exit = True
            await serving
            raise


async def serve_on_socket(app: ASGIApp, path: Path) -> None:
    """Answers on a unix socket until cancelled."""
    path.unlink(missing_ok=True)
    await _server(app, uds=str(path)).serve_until_cancelled()


async def serve_on_port(app: ASGIApp, host: str, port: int) -> None:
    """Answers on a port until cancelled."""
    await _server(app, host=host, port=port).serve_until_cancelled()
