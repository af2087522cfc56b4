"""Serves the query API: on a socket of the data folder, or on a port."""

import logging
import socket
import sys
from functools import partial
from http import HTTPStatus
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tilde.runtime.descriptors import Descriptors
from tilde.runtime.garbage import collect_rarely
from tilde.runtime.short_path import short_path
from tilde.settings import KEEP_ALIVE_S
from tilde.web.client_gone import ends_with_client
from tilde.web.serving import Door, Server, answered, server

TURN_S = 0.001  # a thread that makes a long list keeps the loop, and all short answers, waiting no longer at a time
CUT_OFF = "ASGI callable returned without completing response."  # uvicorn says so; why, our own line has said


def _is_not_told(record: logging.LogRecord) -> bool:
    return record.msg != CUT_OFF


async def last_where_it_failed(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Runs an application for one request. After a bug uvicorn closes the connection: a client that keeps it for the
    next request, as the edge does, has to be told, or that one would fail for it.
    """

    async def watched(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == HTTPStatus.INTERNAL_SERVER_ERROR:
            message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
        await send(message)

    await app(scope, receive, watched)


def _server(app: ASGIApp, descriptors: Descriptors | None, keep_alive_s: int) -> Server:
    collect_rarely()
    logging.getLogger("uvicorn.error").addFilter(_is_not_told)
    sys.setswitchinterval(TURN_S)
    cancelled = partial(
        ends_with_client, partial(answered, partial(last_where_it_failed, app))
    )  # a query ends with who asked
    return server(cancelled, descriptors, keep_alive_s, http="httptools")


async def serve_on_socket(app: ASGIApp, path: Path) -> None:
    """Answers on a unix socket until cancelled. It is its owner's only: uvicorn would open one of its own to all."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listening, short_path(path) as short:
        listening.bind(str(short))
        path.chmod(0o600)  # before anybody can connect: it does not listen yet
        await _server(app, None, KEEP_ALIVE_S).serve_until_cancelled([Door(listening)])


async def serve_on_port(app: ASGIApp, listening: socket.socket, keep_alive_s: int = KEEP_ALIVE_S) -> None:
    """Answers on a bound socket until cancelled."""
    await _server(app, Descriptors("api"), keep_alive_s).serve_until_cancelled([Door(listening)])
