"""One request to an application in this process, with no server between: bytes of the wire go in, and come
out.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

FORM = [(b"content-type", b"application/x-www-form-urlencoded")]
JSON = [(b"content-type", b"application/json")]
Headers = Sequence[tuple[bytes, bytes]]


class Reply(NamedTuple):
    """What an application answered; headers sorted, names in lower case. Status 0: nothing."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def ask(
    app: ASGIApp, method: str, target: str, body: bytes | Sequence[bytes] = b"", headers: Headers = ()
) -> Reply:
    """Sends one request to an application, the body in the chunks given, and collects the reply.

    `target` is path and query as they stand on the wire. A client that sends `None` for its last chunk has gone.
    """
    chunks = [body] if isinstance(body, bytes) else list(body) or [b""]
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("edge", 80),
        "client": ("127.0.0.1", 1),
        "scheme": "http",
        "root_path": "",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": list(headers),
        "state": {},
    }
    messages: list[Message] = []
    answered = asyncio.Event()

    async def receive() -> Message:
        if not chunks:
            await answered.wait()
            return {"type": "http.disconnect"}
        chunk = chunks.pop(0)
        if chunk is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def send(message: Message) -> None:
        messages.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            answered.set()

    await app(scope, receive, send)
    if not messages:
        return Reply(0, [], b"")
    start, *parts = messages
    sorted_headers = sorted((name.lower(), value) for name, value in start["headers"])
    return Reply(start["status"], sorted_headers, b"".join(part.get("body", b"") for part in parts))
