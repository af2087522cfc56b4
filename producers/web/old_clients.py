"""An application as clients need it that know no chunks, or that wait for leave to send their body."""

from functools import partial

from starlette.types import Message, Receive, Scope, Send
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


def as_its_client_needs_it(app: ASGI3Application, cycle: RequestResponseCycle) -> ASGI3Application:
    """The application for one request, which answers as that request's client can read it."""
    if cycle.scope["http_version"] < "1.1":
        cycle.keep_alive = False
        app = partial(_without_chunks, app, cycle)
    if cycle.waiting_for_100_continue:
        app = partial(_last_where_no_body_was_asked_for, app, cycle)
    return app


async def _without_chunks(
    app: ASGI3Application, cycle: RequestResponseCycle, scope: Scope, receive: Receive, send: Send
) -> None:
    """Runs an application for an HTTP/1.0 client, which knows no chunks: where it is not said how long an answer is,
    the end of the connection ends it.
    """
    is_open_ended = False

    async def piece_by_piece(message: Message) -> None:
        nonlocal is_open_ended
        if message["type"] == "http.response.start":
            is_open_ended = all(name.lower() != b"content-length" for name, _ in message.get("headers", []))
            cycle.chunked_encoding = False if is_open_ended else None
        elif is_open_ended:
            cycle.expected_content_length = len(message.get("body", b""))  # of this piece
        await send(message)

    await app(scope, receive, piece_by_piece)  # type: ignore[arg-type] # the same, by another library's names


async def _last_where_no_body_was_asked_for(
    app: ASGI3Application, cycle: RequestResponseCycle, scope: Scope, receive: Receive, send: Send
) -> None:
    """Runs an application for a client that waits for leave to send its body. Without that leave it may send it or not,
    so what follows can be no request: the answer is the last.
    """

    async def last(message: Message) -> None:
        if message["type"] == "http.response.start" and cycle.waiting_for_100_continue:
            message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
        await send(message)

    await app(scope, receive, last)  # type: ignore[arg-type] # the same, by another library's names
