"""A dialect of one call for tests of lanes: `POST /count` with a number as text, `GET /count?number`, `/{site}.gif`.

What it takes becomes durable when the test says so, in the groups that the test makes.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from producers.web.app import EdgeApp
from producers.web.lane import Lane, LaneRequest, SameAnswer, Taken
from producers.web.limited_protocol import ABORT
from producers.web.tally import Tally
from tilde.eventlog import LogError

TEXT = b"text/plain"


class _Seen(EdgeApp):
    """Keeps the scopes that it is asked with."""

    def __init__(self) -> None:
        super().__init__(openapi_url=None)
        self.scopes: list[dict[str, Any]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(dict(scope) | {ABORT: callable(scope.get(ABORT))})  # itself it would keep the connection
        await super().__call__(scope, receive, send)


@dataclass
class Counting:
    """`open` is what has been left in the group that is open, `durable` what is in the log, `declared` what came to the
    declared route: each body or query. Of what its lane takes `tally` counts the characters.
    """

    open: list[bytes] = field(default_factory=list)
    durable: list[bytes] = field(default_factory=list)
    declared: list[bytes] = field(default_factory=list)
    lanes: bool = True

    def __post_init__(self) -> None:
        self.tally = Tally("counting")
        self._group: asyncio.Future[None] | None = None
        self._left: list[bytes] = []
        self.app = _Seen()
        for number, (path, method) in enumerate((("/count", "GET"), ("/count", "POST"), ("/{site}.gif", "GET"))):
            self.app.add_api_route(path, self.count, methods=[method], operation_id=str(number))
        if self.lanes:
            self.app.add_lane(Lane("/count", {b"GET", b"POST"}, {TEXT}, self.take))
            self.app.add_lane(Lane("/{site}.gif", {b"GET"}, (), self.take))

    async def count(self, request: Request) -> Response:
        """The declared route; it takes whatever there is."""
        text = await request.body() if request.method == "POST" else bytes(request.scope["query_string"])
        self.declared.append(text)
        return Response(b"declared " + text, media_type="text/plain")

    def take(self, request: LaneRequest) -> Taken | None:
        """As Lane.take: numbers, but not those that begin with a zero; an x is a bug."""
        text = request.text if request.head.method == b"POST" else request.head.query
        if text == b"x":
            raise ZeroDivisionError
        if not text or text.startswith(b"0"):
            return None
        if self._group is None:
            self._group = asyncio.get_running_loop().create_future()
        self.open.append(text)
        self._left.append(text)
        return Taken(self._group, SameAnswer.of(Response(b"durable", media_type="text/plain")), self.tally, len(text))

    def commit(self, error: Exception | None = None) -> None:
        """Ends the group that is open: what is in it is durable, or is not."""
        assert self._group is not None
        group, self._group = self._group, None
        left, self._left, self.open = self._left, [], []
        if error is None:
            self.durable += left
            group.set_result(None)
        else:
            group.set_exception(error)

    def fail(self) -> None:
        """The log takes nothing of the group that is open."""
        self.commit(LogError("full"))


def post(text: bytes, *headers: bytes, version: bytes = b"1.1", chunked: bool = False) -> bytes:
    """A request of the lane's."""
    length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(text)
    lines = [b"POST /count HTTP/" + version, b"Host: h", b"Content-Type: " + TEXT, length, *headers]
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(text), text) if chunked else text
    return b"\r\n".join([*lines, b"", body])


def get(query: bytes, path: bytes = b"/count") -> bytes:
    """Another one."""
    return b"GET " + path + b"?" + query + b" HTTP/1.1\r\nHost: h\r\n\r\n"
