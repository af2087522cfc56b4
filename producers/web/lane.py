"""The fast lane: requests of a shape that a dialect knows are taken in the parser's own callbacks, and answered by the
end of the group that they are in. No scope, no task, no coroutine.

    parser -> a lane's path, method, content type? -- no ------------> declared route (ASGI)
                | yes, and the body is there in one piece                 ^
                v                                                         |
              `take` -- not mine, nothing is left, nothing is counted ----+
                | left in the open group                                  |
                v                                                         |
              durable -- no: the log cannot be written -------------------+
                | yes
                v
              one write

A lane stands beside a declared route, which is its documentation and its reference: what a lane does not know is that
one's to answer, with all that was read (tests/properties/test_lane_and_declared.py). Nor does what was asked before
change what is answered (test_what_lanes_remember.py there). `lane_protocol.py` is the connection's side of it.
"""

import asyncio
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, Protocol

from starlette.responses import Response
from starlette.routing import compile_path
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from producers.web.clients import NOBODY, Forwarded, Headers
from producers.web.tally import Tally
from producers.web.turns import weight_of

FORM = b"application/x-www-form-urlencoded"
"""The content type that forms have, for a dialect's `content_types`."""
FORM_OR_BEACON = frozenset({FORM, FORM + b";charset=UTF-8", b"text/plain", b"text/plain;charset=UTF-8"})
"""Those of whatever a page sends: a beacon of parameters is a form, one of a text is none."""

HEADS_BYTES_MAX = 1 << 20  # remembered, some 900; clients' differ by no more than their length, or are as many as hosts
HEAD_BYTES_MAX = 1 << 10  # of one that is
QUERY_BYTES_MAX = 8 << 10  # of a query that differs from the one that was remembered
_HEADER_KEPT_BYTES = 150  # each header of one, beside its bytes: a tuple, and two more bytes objects
_BLANK_LINE = b"\r\n\r\n"
_GET = b"GET "
_OF_QUERIES = bytes(range(ord("!"), 0x7F)).replace(b"#", b"")  # the parser takes more; what else there is is its
_LAST = b"connection: close" + _BLANK_LINE
NOTHING: Mapping[bytes, bytes] = MappingProxyType({})
_NOBODY_WAITS = asyncio.Event()
"""What a request has in the place of an event of its own, while nobody can wait for one."""


class Answer(Protocol):
    """What a request in a lane is answered with."""

    def written(self, own: Headers, *, is_last: bool) -> bytes:
        """The answer's bytes. `own` are the server's headers, a new list each second."""
        ...


class SameAnswer:
    """An answer with the same bytes each time, but for the server's own headers and the end of the connection."""

    __slots__ = ("_body", "_head", "_kept", "_last", "_own", "_status")

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        """`headers` say how long the body is."""
        self._status = STATUS_LINE[status]
        self._head = _lines(headers)
        self._body = body
        self._own: Headers | None = None
        self._kept = self._last = b""

    @classmethod
    def of(cls, response: Response) -> "SameAnswer":
        """The answer of a declared route, as a lane writes it."""
        return cls(response.status_code, response.raw_headers, bytes(response.body))

    def written(self, own: Headers, *, is_last: bool) -> bytes:
        """As Answer.written."""
        if own is not self._own:
            self._own, head = own, self._status + _lines(own) + self._head
            self._kept = head + b"\r\n" + self._body
            self._last = head + _LAST + self._body
        return self._last if is_last else self._kept


class Answers:
    """Answers that differ in their bodies alone."""

    __slots__ = ("_after", "_before", "_begun", "_own", "_status")

    def __init__(self, status: int, headers: Headers) -> None:
        """`headers` have a content length, whatever it is."""
        at = [name for name, _ in headers].index(b"content-length")
        self._status = STATUS_LINE[status]
        self._before, self._after = _lines(headers[:at]), _lines(headers[at + 1 :])
        self._own: Headers | None = None
        self._begun = b""

    @classmethod
    def of(cls, response: Response) -> "Answers":
        """The answers of a declared route that answers so, each time with another body."""
        return cls(response.status_code, response.raw_headers)

    def with_body(self, body: bytes) -> Answer:
        """The one that has this body."""
        return _OneOf(self, body)

    def head(self, own: Headers, length: int) -> bytes:
        """All lines of the head of one whose body has this length, but for the blank one."""
        if own is not self._own:
            self._own, self._begun = own, self._status + _lines(own) + self._before
        return b"%bcontent-length: %d\r\n%b" % (self._begun, length, self._after)


class _OneOf(NamedTuple):
    answers: Answers
    body: bytes

    def written(self, own: Headers, *, is_last: bool) -> bytes:
        """As Answer.written."""
        end = _LAST if is_last else b"\r\n"
        return self.answers.head(own, len(self.body)) + end + self.body


def _lines(headers: Headers) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)


class Taken(NamedTuple):
    """What a lane answers, and when. Once `durable` is done the client gets `answer`, and `tally` counts so many
    `numbers`. Where `durable` raises LogError the declared route answers instead.
    """

    durable: "asyncio.Future[None]"
    answer: Answer
    tally: Tally
    numbers: int


class Head(NamedTuple):
    """The head of a request for a lane. `length` is what it says of its body; None where that comes in chunks.
    `weight` is what it counts for in a turn, `wanted` what the lane asks for of the headers, and `forwarded` what the
    peer says of the client, where it is a proxy that is trusted.
    """

    lane: "Lane"
    method: bytes
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    version: str
    keep_alive: bool
    length: int | None
    weight: int
    wanted: Mapping[bytes, bytes] = NOTHING
    forwarded: Forwarded | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane, as a dialect declares it. `path` is that of its declared route, as written there: `/count`,
    `/{site}.gif`.

    `methods`: those that may come through here. A body may too, where the method is not GET and its content type is
    one of `content_types`, to the letter; one of no bytes is none.

    `take` is called once for a request that is whole, from the parser's callback: it neither blocks nor waits. It
    returns None where the request is not the lane's; then nothing is left in the log, and nothing is counted.

    What costs something is there for those who ask for it alone: with `wants_client` a request says whose it is, and
    its head has the first of each of the `headers`, in lower case, that was sent.

    `too_long` counts a request whose URL is longer than any may be, and says what it is answered with: no route hears
    of it. Without it that is a failure of its dialect.
    """

    path: str
    methods: Collection[bytes]
    content_types: Collection[bytes]
    take: Callable[["LaneRequest"], Taken | None]
    wants_client: bool = False
    headers: Collection[bytes] = ()
    too_long: Callable[[], Answer] | None = None

    def head(
        self, method: bytes, url: bytes, headers: list[tuple[bytes, bytes]], version: str, *, keep_alive: bool
    ) -> Head | None:
        """What a head says; None where it is of no request for this lane."""
        if method not in self.methods or version not in ("1.1", "1.0") or b"#" in url:
            return None
        length: int | None = 0
        has_body, content_type = False, None
        for name, value in headers:
            if name == b"content-type":
                content_type = value if content_type is None else content_type
            elif name == b"content-length":
                has_body, length = True, int(value) if value.isdigit() else None
            elif name == b"transfer-encoding":
                has_body, length = True, None
        if has_body and length != 0 and (method == b"GET" or content_type not in self.content_types):
            return None
        path, _, query = url.partition(b"?")
        weight = 1 + weight_of(len(query) + (length or 0))
        if not self.headers:
            return Head(self, method, path, query, headers, version, keep_alive, length, weight)
        return Head(
            self, method, path, query, headers, version, keep_alive, length, weight, self._wanted_headers(headers)
        )

    def _wanted_headers(self, headers: Headers) -> Mapping[bytes, bytes]:
        return {name: value for name, value in reversed(headers) if name in self.headers}


class LaneRequest(RequestResponseCycle):
    """A request in a lane. Its dialect reads from it what was sent; its connection treats it as any other exchange.

    It is no ASGI request, and has nothing that only those have, unless it leaves the lane (`declare`). `text` is what
    has come of its body, None where nothing has; `client` whose it is, where its lane wants that.
    """

    client = NOBODY
    response_started = response_complete = disconnected = waiting_for_100_continue = is_declared = is_used = False
    message_event = _NOBODY_WAITS

    def __init__(self, head: Head, text: bytes | None = None) -> None:
        self.head = head
        self.keep_alive = head.keep_alive
        self.text = text
        self.more_body = text is None

    def declare(self, connection: HttpToolsProtocol, client: tuple[str, int] | None, scheme: str) -> None:
        """Makes it what uvicorn would have made of it, with what has been received of it since: of this client."""
        more_body, disconnected = self.more_body, self.disconnected
        self.is_declared = True
        super().__init__(
            scope=self._scope(connection, client, scheme),
            transport=connection.transport,
            flow=connection.flow,
            logger=connection.logger,
            access_logger=connection.access_logger,
            access_log=connection.access_log,
            default_headers=connection.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=self.keep_alive,
            on_response=connection.on_response_complete,
        )
        self.more_body, self.disconnected = more_body, disconnected
        self.body += self.text or b""
        if self.text is not None or not more_body or disconnected:
            self.message_event.set()

    def _scope(self, connection: HttpToolsProtocol, client: tuple[str, int] | None, scheme: str) -> HTTPScope:
        head = self.head
        return {
            "type": "http",
            "asgi": {"version": connection.asgi_version, "spec_version": "2.3"},
            "http_version": head.version,
            "server": connection.server,
            "client": client,
            "scheme": scheme,
            "root_path": "",
            "headers": list(head.headers),
            "state": connection.app_state.copy(),
            "method": head.method.decode("ascii"),
            "path": head.path.decode("ascii"),
            "raw_path": head.path,
            "query_string": head.query,
        }


class Waiting(Protocol):
    """A connection whose request waits in a lane."""

    def answer(self, answer: Answer) -> None:
        """Answers: what was taken is durable."""
        ...

    def fail(self, error: BaseException) -> None:
        """Has the declared route answer: what was taken is not durable."""
        ...


class Lanes:
    """The lanes of one edge, and who waits in them. For one event loop."""

    def __init__(self) -> None:
        self._by_path: dict[bytes, Lane] = {}
        self._by_pattern: list[tuple[re.Pattern[str], Lane]] = []
        self._heads: dict[bytes, Head] = {}
        self._heads_of_gets: dict[tuple[bytes, bytes], Head] = {}  # by what stands before the query, and behind it
        self._heads_bytes = 0
        self._durable: asyncio.Future[None] | None = None
        self._waiting: list[tuple[Waiting, Taken]] = []

    def add(self, lane: Lane) -> None:
        """From now on. Where two take a path, the one that names it goes before a pattern."""
        pattern, _, converters = compile_path(lane.path)
        if converters:
            self._by_pattern.append((pattern, lane))
        else:
            self._by_path[lane.path.encode()] = lane

    def at(self, url: bytes) -> Lane | None:
        """The lane that a request's path leads to; None where it leads to none."""
        path = url.partition(b"?")[0]
        lane = self._by_path.get(path)
        if lane is None and self._by_pattern and b"%" not in path:
            text = path.decode("latin-1")
            lane = next((lane for pattern, lane in self._by_pattern if pattern.match(text)), None)
        return lane

    def known(self, data: bytes) -> LaneRequest | None:
        """The request that some bytes are, no more and no less, where its head has been read before: that says the
        same again, and needs no parser. The head of a GET says the same but for its query.
        """
        # Without a blank line these are three bytes: no head that was remembered is as short.
        end = data.find(_BLANK_LINE) + len(_BLANK_LINE)
        if end == len(data):
            return self._known_get(data) if data.startswith(_GET) else None
        head = self._heads.get(data[:end])
        if head is None or head.length != len(data) - end:
            return None
        return LaneRequest(head, data[end:])

    def _known_get(self, data: bytes) -> LaneRequest | None:
        begins = data.find(b"?") + 1
        ends = data.find(b" ", begins)
        head = self._heads_of_gets.get((data[:begins], data[ends:]))
        if head is None or ends - begins > QUERY_BYTES_MAX:
            return None
        query = data[begins:ends]
        if query.translate(None, _OF_QUERIES):
            return None
        # By hand: `_replace` takes 0.4 us, where all of this takes 1.5.
        lane, method, path, _, headers, version, keep_alive, length, _, wanted, forwarded = head
        weight = 1 + weight_of(len(query))
        return LaneRequest(
            Head(lane, method, path, query, headers, version, keep_alive, length, weight, wanted, forwarded), b""
        )

    def remember(self, data: bytes, head: Head) -> None:
        """Has `known` know the head of these bytes, which are one request and nothing else: one with a body, or a GET
        with a query.
        """
        end = data.find(_BLANK_LINE) + len(_BLANK_LINE)
        if head.length != len(data) - end:
            return
        if head.length:
            if end <= HEAD_BYTES_MAX:
                self._room_for(end, head)
                self._heads[data[:end]] = head
        elif end - len(head.query) <= HEAD_BYTES_MAX and data.startswith(b"GET %b?%b HTTP/" % (head.path, head.query)):
            self._room_for(end - len(head.query), head)
            begins = data.find(b"?") + 1
            self._heads_of_gets[data[:begins], data[begins + len(head.query) :]] = head._replace(query=b"")

    def forget(self) -> None:
        """Has `known` know none: a head may tell who somebody is."""
        self._heads.clear()
        self._heads_of_gets.clear()
        self._heads_bytes = 0

    def _room_for(self, length: int, head: Head) -> None:
        kept = 3 * length + len(head.headers) * _HEADER_KEPT_BYTES  # as it came, taken apart, its path and query
        if self._heads_bytes + kept > HEADS_BYTES_MAX:
            self.forget()
        self._heads_bytes += kept

    def wait(self, connection: Waiting, taken: Taken) -> None:
        """Answers a connection once what was taken of it is durable: all that wait for one group, in one go."""
        if taken.durable is not self._durable:
            self._durable, self._waiting = taken.durable, []
            taken.durable.add_done_callback(partial(self._end, self._waiting))
        self._waiting.append((connection, taken))

    def _end(self, waiting: list[tuple[Waiting, Taken]], durable: asyncio.Future[None]) -> None:
        if durable is self._durable:  # who waits for it from now on is told by a call of its own
            self._durable, self._waiting = None, []  # and no connection is kept until somebody comes
        error = durable.exception()
        for connection, taken in waiting:
            try:
                if error is None:
                    taken.tally.taken += taken.numbers
                    connection.answer(taken.answer)
                else:
                    connection.fail(error)
            except Exception as bug:  # noqa: BLE001 - of one connection: the others are answered
                told = {"message": "an answer of a lane", "exception": bug, "protocol": connection}
                asyncio.get_running_loop().call_exception_handler(told)
