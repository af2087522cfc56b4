"""Serves the query API: on a socket of the data folder, or on a port."""

import socket
from functools import partial
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from tilde.garbage import collect_rarely
from tilde.serving import Server, answered, server
from tilde.short_path import short_path


def _server(app: ASGIApp, **where: Any) -> Server:
    collect_rarely()
    return server(partial(answered, app), http="httptools", **where)


async def serve_on_socket(app: ASGIApp, path: Path) -> None:
    """Answers on a unix socket until cancelled. It is its owner's only: uvicorn would open one of its own to all."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listening, short_path(path) as short:
        listening.bind(str(short))
        path.chmod(0o600)  # before anybody can connect: it does not listen yet
        await _server(app).serve_until_cancelled([listening])


async def serve_on_port(app: ASGIApp, host: str, port: int) -> None:
    """Answers on a port until cancelled."""
    await _server(app, host=host, port=port).serve_until_cancelled()
