"""uvicorn's HTTP protocol for clients as they are: limits on a request's head, and answers where the parser gives up.

    connection -- head --> body --> head --> body ...
                  at most 64 KiB, within 10 s; a body within 60
                  between requests TILDE_KEEP_ALIVE_S

Beside the limits: an offer to upgrade (Java's HttpClient makes one with its first request) is passed over, where the
parser would lose the body; bytes that curl leaves un-encoded in a URL are encoded; and what follows a whole request
and is none (some clients count Content-Length wrong) does not take that request's answer away.
"""

from functools import partial
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from producers.web.clients import Headers, client_of
from producers.web.connection import Connection
from producers.web.line import Line
from producers.web.old_clients import as_its_client_needs_it
from producers.web.refusal import HEAD_BYTES_MAX, HEADERS_MAX
from producers.web.targets import in_ascii
from producers.web.turns import Turns, weight_of
from tilde.runtime.telling import Seldom

BODY_S = 60.0  # all of it: a connection that holds one back costs a descriptor
READ_BYTES = 32 << 10  # in one go; a hundred requests, or some thousand pieces of a body, cost a few milliseconds
HEADER_OVERHEAD_BYTES = 4  # ": " and CRLF
TLS_HELLO = b"\x16\x03"  # how a client of TLS begins, whatever its version
ABORT = "tilde.abort"
"""In a request's scope: a function that ends its connection at once, whatever is not written yet."""
IS_USED = "tilde.is_used"
"""In a request's scope: whether its connection has had an answer before."""
_OF_AN_UPGRADE = (b"upgrade", b"http2-settings", b"connection")


class _TooLargeError(Exception):
    """Raised in a callback of the parser, which then stops."""


class LimitedProtocol(Connection):
    """One connection, as uvicorn makes it (`http=partial(LimitedProtocol, turns=Turns())`). A line without an end is
    not kept either. What is read counts for the peer, what begins for the client.

    What has no underscore is for who takes requests in another way: `begin_exchange` is where he finds them.
    """

    body_s = BODY_S
    heard_tls = Seldom(
        "edge", "somebody speaks https to a port of http, and cannot read its answer: his URL has to say http://"
    )

    def __init__(self, *args: Any, turns: Turns | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.turns = turns or Turns()
        self._header_bytes = 0
        self.has_advanced = False  # since the last data: the parser has told of something
        self.untold_bytes = 0  # received since it has: they stand in the parser
        self.unread = b""  # received, and not the parser's yet: it waits for a turn
        self._offers_upgrade = False
        self._line = Line()  # of the requests in `pipeline`

    def connection_lost(self, exc: Exception | None) -> None:
        self.unread = b""
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override] # uvicorn's own lets the transport close
        """A client that has written all it will may still read, as `nc -N` does: what is whole is answered."""
        self._read_the_rest()
        if self.is_answering() and self.cycle.more_body:
            self._drop_the_newest()
        if not self.is_answering() or self.cycle.more_body or self.cycle.disconnected:
            return False
        self.end()
        self.loop.call_later(self.half_open_s, self.give_up_half_open)
        return self.scheme != "https"  # TLS has no half-closed connection, and its transport complains of the wish

    def data_received(self, data: bytes) -> None:
        if self.is_over:
            return
        self.idle_since_s = None
        if self.unread:
            self.unread += data
            return
        self._read_in_turns(data)

    def _read_in_turns(self, data: bytes) -> None:
        """Reads as much as its address may have read now, and the rest later; meanwhile nothing more is received."""
        while data:
            weight = weight_of(min(len(data), READ_BYTES))
            if not self.turns.may_begin(self.address, weight):
                self.unread = data
                self._pause_receiving()
                self.turns.wait(self.address, self._read_on, weight)
                return
            self.read(data[:READ_BYTES])
            data = data[READ_BYTES:]

    def _read_on(self) -> None:
        """It is the turn of what was not read."""
        data, self.unread = self.unread, b""
        if data:
            self.read(data[:READ_BYTES])
            self._read_in_turns(data[READ_BYTES:])
        if not (self.unread or self.transport.is_closing() or self.flow.read_paused):
            self.transport.resume_reading()

    def _read_the_rest(self) -> None:
        """Nothing will follow."""
        data, self.unread = self.unread, b""
        if data:
            self.read(data)

    def _pause_receiving(self) -> None:
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def read(self, data: bytes) -> None:
        """Reads what has come, and has its turn."""
        if self.is_over:
            return
        self.has_advanced = False
        rest = data if data.isascii() else self._with_an_ascii_url(data)
        while rest:
            rest = self._feed(rest)
        if self.is_over:
            return
        self.untold_bytes = 0 if self.has_advanced else self.untold_bytes + len(data)
        if self.untold_bytes > HEAD_BYTES_MAX:
            self.refusal_status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            self.refuse()
        elif self.timer is None and not self.has_advanced and self._is_idle() and not data.strip():
            self.be_idle()  # a blank line behind a body, as old clients send it, is no request begun
        elif self.timer is None and (self.in_head or (not self.has_advanced and not self.is_answering())):
            self.start_timer(self.head_s)
        elif self.timer is None and self.in_message:
            self.timer = self.loop.call_later(self.body_s, self.give_up)

    def _feed(self, data: bytes) -> bytes:
        """Feeds the parser; returns what has to be fed next."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if not self._offers_upgrade:  # CONNECT: answered as any method is not ours, and nothing may follow it
                self.end()
                return b""
            return self._without_upgrade() + data[upgrade.args[0] :]
        except httptools.HttpParserError:
            if data.startswith(TLS_HELLO):
                self.heard_tls.happened(self.loop.time())
            self.refuse()
        return b""

    def _with_an_ascii_url(self, data: bytes) -> bytes:
        if self.in_message:
            return data
        line, end, rest = data.partition(b"\n")
        return in_ascii(line) + end + rest

    def _without_upgrade(self) -> bytes:
        """The head just read, as a client writes it that offers no upgrade."""
        version = self.parser.get_http_version().encode()
        lines = [self.parser.get_method() + b" " + self.url + b" HTTP/" + version]
        lines += [name + b": " + value for name, value in self.headers if name not in _OF_AN_UPGRADE]
        self._offers_upgrade = False
        self.parser = httptools.HttpRequestParser(self)
        return b"\r\n".join((*lines, b"", b""))

    def _is_idle(self) -> bool:
        """Between requests."""
        return not self.in_message and self.cycle is not None and self.cycle.response_complete

    # What the parser tells. These are called for every request, hence no super() where its few lines do.

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self.in_message = self.in_head = self.has_advanced = True
        self._header_bytes = 0

    def on_url(self, url: bytes) -> None:
        self.has_advanced = True
        self.url += url
        if len(self.url) >= HEAD_BYTES_MAX:  # one less than 64 KiB is the longest that httptools can take apart
            self.refusal_status = HTTPStatus.REQUEST_URI_TOO_LONG
            raise _TooLargeError

    def on_header(self, name: bytes, value: bytes) -> None:
        self.has_advanced = True
        self._header_bytes += len(name) + len(value) + HEADER_OVERHEAD_BYTES
        if self._header_bytes > HEAD_BYTES_MAX or len(self.headers) >= HEADERS_MAX:
            self.refusal_status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise _TooLargeError
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.has_advanced = True
        if self.timer is not None:
            self.stop_timer()
        if self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT":
            self._offers_upgrade = True
        else:
            if self.expect_100_continue and self.parser.get_http_version() < "1.1":
                self.expect_100_continue = False  # such a client takes it for the answer
            self.begin_exchange()
            if self.pipeline:
                self._wait_in_line()
        self.in_head = False

    def begin_exchange(self) -> None:
        """The head of a request is whole."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()  # makes a scope, which uvicorn has from the first byte on
        self.url, self.expect_100_continue = url, expects
        if self.is_proxy:
            self.scope["client"], self.scope["scheme"] = self.told_of(headers)
        self.headers.extend(headers)
        super().on_headers_complete()

    def told_of(self, headers: Headers) -> tuple[tuple[str, int], str]:
        """Client and scheme, as a scope has them, of a request whose peer is a proxy."""
        client = self.proxies.forwarded(headers).over(self.peer)
        return (client.address, 0), client.scheme

    def on_body(self, body: bytes) -> None:
        self.has_advanced = True
        super().on_body(body)
        self.lengthen_line(len(body))

    def on_message_complete(self) -> None:
        self.has_advanced = True
        self.in_message = False
        if self.timer is not None:
            self.stop_timer()
        if not self._offers_upgrade:
            super().on_message_complete()

    def _wait_in_line(self) -> None:
        """A request behind one that runs. Reading goes on, or nobody would hear that the client has gone; so there is
        a limit.
        """
        self.turns.count(self.address, 1)
        self._line.join(self._header_bytes + len(self.url))
        self._limit_line()
        self.flow.resume_reading()

    def lengthen_line(self, size: int) -> None:
        """More of a request has come."""
        if self.pipeline:  # else it does not wait in line
            self._line.lengthen(size)
            self._limit_line()

    def _limit_line(self) -> None:
        if self._line.is_too_long:
            self._drop_the_newest()
            raise _TooLargeError

    def _drop_the_newest(self) -> None:
        """Passes over a request that is not whole, and will not be, behind others that are."""
        if self.pipeline:
            self.pipeline.popleft()
            self._line.drop_the_newest()
            assert self.running is not None  # they wait behind it
            self.cycle = self.pipeline[0][0] if self.pipeline else self.running

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.start_declared(cycle, app, is_used=self.has_its_turn(cycle))

    def has_its_turn(self, cycle: RequestResponseCycle) -> bool:
        """All before it on this connection are answered; returns whether there was one."""
        is_used, self.running = self.running is not None, cycle
        if len(self._line) > len(self.pipeline):  # it has stood in line
            self._line.call()
        return is_used

    def start_declared(self, cycle: RequestResponseCycle, app: ASGI3Application, *, is_used: bool) -> None:
        """Has an application answer, as soon as its address may begin another request."""
        app = self.with_ours(cycle, app, is_used=is_used)
        weight = 1 + weight_of(len(cycle.scope["raw_path"]) + len(cycle.scope["query_string"]))
        address = client_of(cycle.scope).network if self.is_proxy else self.address
        if self.turns.may_begin(address, weight):
            self.run(cycle, app)
        else:
            self.turns.wait(address, partial(self.run, cycle, app), weight)

    def with_ours(self, cycle: RequestResponseCycle, app: ASGI3Application, *, is_used: bool) -> ASGI3Application:
        """The application for one request, whose scope has our own extensions."""
        cycle.scope[IS_USED] = is_used  # type: ignore[literal-required] # an extension of ours
        cycle.scope[ABORT] = self.reset  # type: ignore[literal-required] # another
        return as_its_client_needs_it(app, cycle)

    def run(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Has an application answer: it is its turn."""
        if self.is_lost:
            return
        task = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)
