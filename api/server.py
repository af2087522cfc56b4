"""Serves the query API: on a socket of the data folder, or on a port."""

from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from tilde.garbage import collect_rarely
from tilde.serving import STOP_S, Server, answered

KEEP_ALIVE_S = 65  # longer than the edge keeps an idle connection, so that it never sends into a closing one


def _server(app: ASGIApp, **where: Any) -> Server:
    config = uvicorn.Config(
        partial(answered, app),
        interface="asgi3",
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
    collect_rarely()
    return Server(config)


async def serve_on_socket(app: ASGIApp, path: Path) -> None:
    """Answers on a unix socket until cancelled."""
    path.unlink(missing_ok=True)
    await _server(app, uds=str(path)).serve_until_cancelled()


async def serve_on_port(app: ASGIApp, host: str, port: int) -> None:
    """Answers on a port until cancelled."""
    await _server(app, host=host, port=port).serve_until_cancelled()
