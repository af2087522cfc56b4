"""Reads the bodies of requests: never more than a route takes, and never before it is clear who sends."""

import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

NO_JSON_TEXT = "the body must be JSON in UTF-8, without a byte order mark"
TOO_DEEP = "the body must be JSON with fewer brackets in brackets"

Check = Callable[[Request], Awaitable[object] | None]
"""Raises what the request is refused with; it looks at the head alone."""


def bounded(scope: Scope, receive: Receive, bytes_max: int) -> Receive:
    """Receives a request of so many bytes; more is 413, at once where its head says so."""
    announced, received = _announced(scope), 0

    async def receive_bounded() -> Message:
        nonlocal received
        _require(announced, bytes_max)
        message = await receive()
        received += len(message.get("body", b""))
        _require(received, bytes_max)
        return message

    return receive if 0 < announced <= bytes_max else receive_bounded  # the parser takes no more than was announced


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _require(bytes_: int, bytes_max: int) -> None:
    if bytes_ > bytes_max:
        size = f"{bytes_max >> 20} MiB" if bytes_max >= 1 << 20 else f"{bytes_max >> 10} KiB"
        raise HTTPException(413, f"a request of this kind has at most {size}")


def has_body(request: Request) -> bool:
    """Whether a body follows the head of a request."""
    return _announced(request.scope) > 0 or "transfer-encoding" in request.headers


async def body_of(request: Request, bytes_max: int) -> bytes:
    """The whole body. Raises HTTPException, ClientDisconnect."""
    return await Request(request.scope, bounded(request.scope, request.receive, bytes_max)).body()


def require_json_text(body: bytes) -> None:
    """Raises HTTPException for bytes that are no JSON text as RFC 8259 has it: UTF-16, a byte order mark, Windows-1252.
    Libraries differ in what of it they take.
    """
    if json.detect_encoding(body) == "utf-8":
        try:
            body.decode()
        except UnicodeDecodeError:
            pass
        else:
            return
    raise HTTPException(422, NO_JSON_TEXT)


def _as_json(scope: Scope) -> Scope:
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
    return {**scope, "headers": [*headers, (b"content-type", b"application/json")]}


async def _whole_body(request: Request) -> bytes:
    """The body, which the request then keeps. Raises HTTPException."""
    try:
        return await request.body()
    except ClientDisconnect:
        raise HTTPException(400, "the body was cut off") from None


async def _require_shallow(request: Request) -> None:
    """Has the request keep its parsed body. Raises HTTPException where the parser gives up; what is no JSON is told
    later, with where it stands.
    """
    try:
        await request.json()
    except RecursionError:
        raise HTTPException(422, TOO_DEEP) from None
    except ValueError:
        pass


def guarded(check: Check, bytes_max: int) -> type[APIRoute]:
    """Routes that ask who it is before they read a body, which FastAPI by itself reads before its dependencies.

    A body is JSON whatever its header says: `curl -d` calls everything a form. A page cannot abuse that, since the
    token is a header of its own.
    """

    class Guarded(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle: Callable[[Request], Awaitable[Response]] = super().get_route_handler()

            async def handle_guarded(request: Request) -> Response:
                checking = check(request)
                if checking is not None:
                    await checking
                scope = _as_json(request.scope)
                request = Request(scope, bounded(scope, request.receive, bytes_max))
                if self.body_field is not None:
                    require_json_text(await _whole_body(request))
                    await _require_shallow(request)
                return await handle(request)

            return handle_guarded

    return Guarded
