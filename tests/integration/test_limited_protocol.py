"""What the edge's HTTP server takes and gives up on, over real sockets, under both event loops that uvicorn runs on."""

import asyncio
import gc
import socket
import struct
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest
import uvicorn
import uvloop
from starlette.types import Message, Receive, Scope, Send
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from producers.web.limited_protocol import ABORT, LimitedProtocol
from producers.web.line import PIPELINED_MAX
from producers.web.refusal import HEAD_BYTES_MAX, HEADERS_MAX
from testkit.waiting import until_it_holds
from tilde.runtime.telling import Seldom

PATIENCE_S = 25  # less than the edge gives a body, or an answer that stands: it would end a wait by itself
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


class ImpatientProtocol(LimitedProtocol):
    head_s = 0.2
    body_s = 0.3


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what it was asked: method, path, query, body."""
    body = b""
    more = True
    while more:
        message: Message = await receive()
        assert message["type"] == "http.request"
        body += message["body"]
        more = message["more_body"]
    text = b"|".join((scope["method"].encode(), scope["path"].encode(), scope["query_string"], body))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(text))]})
    await send({"type": "http.response.body", "body": text})


class Client(NamedTuple):
    """One connection to the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *pieces: bytes) -> None:
        """Sends pieces, each in a packet of its own."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def answer(self) -> tuple[int, bytes]:
        """Status and body of the next answer."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        length = next(
            int(line.partition(b":")[2]) for line in head.lower().splitlines() if line.startswith(b"content-length")
        )
        return int(head.split()[1]), await asyncio.wait_for(self.reader.readexactly(length), PATIENCE_S)

    def reset(self) -> None:
        """Goes as a client that is killed with something unread."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def rest(self) -> bytes:
        """What comes until the server closes."""
        return await asyncio.wait_for(self.reader.read(), PATIENCE_S)


Connect = Callable[[], Awaitable[Client]]


@asynccontextmanager
async def a_server(
    protocol: type[HttpToolsProtocol], app: Callable[..., Awaitable[None]] = echo, keep_alive_s: float = 5
) -> AsyncIterator[Connect]:
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=protocol, lifespan="off", log_level="critical", access_log=False)
    config.timeout_keep_alive = keep_alive_s  # tests need less than a second
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    clients: list[Client] = []

    async def connect() -> Client:
        clients.append(Client(*await asyncio.open_connection(*listening.getsockname())))
        return clients[-1]

    try:
        yield connect
    finally:
        for client in clients:
            client.writer.close()
        server.should_exit = True
        await asyncio.wait_for(serving, PATIENCE_S)


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Runs a test's steps against a fresh server."""

    def runs(
        steps: Callable[[Connect], Awaitable[None]],
        protocol: type[HttpToolsProtocol] = LimitedProtocol,
        app: Callable[..., Awaitable[None]] = echo,
        keep_alive_s: float = 5,
    ) -> None:
        async def main() -> None:
            async with a_server(protocol, app, keep_alive_s) as connect:
                await steps(connect)

        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            runner.run(main())

    return runs


GET = b"GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n"


def test_requests_on_one_connection_are_answered_in_order(run: Callable[..., None]) -> None:
    """The limits change nothing for a client that keeps to them."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(GET)
        assert await client.answer() == (200, b"GET|/a|b=c|")
        await client.send(b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nx\xc3\xa9", GET)
        assert await client.answer() == (200, b"POST|/p||x\xc3\xa9")
        assert await client.answer() == (200, b"GET|/a|b=c|")

    run(steps)


def test_a_url_and_headers_of_almost_64_kib_are_taken(run: Callable[..., None]) -> None:
    """The limit is where the documentation says it is."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        query = b"q" * (HEAD_BYTES_MAX - 1 - len("/?"))
        value = b"v" * (HEAD_BYTES_MAX - len("Host: h\r\n") - len("X: \r\n"))
        await client.send(b"GET /?" + query + b" HTTP/1.1\r\nHost: h\r\nX: " + value + b"\r\n\r\n")

        assert await client.answer() == (200, b"GET|/|" + query + b"|")

    run(steps)


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        pytest.param(b"GET /" + b"u" * HEAD_BYTES_MAX + b" HTTP/1.1\r\nHost: h\r\n\r\n", 414, id="url"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"v" * HEAD_BYTES_MAX + b"\r\n\r\n", 431, id="one header"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"X: v\r\n" * (HEAD_BYTES_MAX // 6 + 1) + b"\r\n", 431, id="many headers"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"ab:\r\n" * (HEADERS_MAX + 1) + b"\r\n", 431, id="many short headers"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"n" * HEAD_BYTES_MAX + b": v\r\n\r\n", 431, id="a header's name"),
    ],
)
def test_a_head_over_64_kib_is_refused(run: Callable[..., None], head: bytes, answer: int) -> None:
    """414 for the URL, 431 for the headers together, or for too many of them, and the connection is closed."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(head)

        assert (await client.answer())[0] == answer
        assert await client.rest() == b""

    run(steps)


@pytest.mark.parametrize(
    ("target", "body"),
    [
        (b"/api/v2/track?x=", b"<errors><error>%s</error></errors>"),
        (b"http://localhost:8/api/v2/track.json?x=", b'{"errors":{"error":"%s"}}'),
        (b"//api/v2//stats/a%2Fb.json?x=", b'{"errors":{"error":"%s"}}'),
        (b"/api/v1/stats/", b"<errors><error>%s</error></errors>"),
        (b"/ez?x=", b'"msg":"%s"}'),
        (b"/x/TOKEN/statlist?x=", b'{"msg":"%s"}'),
        (b"/tilde/v1/stats?x=", b'{"detail":"%s"}'),
        (b"/nowhere?x=", b'{"detail":"%s"}'),
    ],
)
def test_a_head_that_is_too_long_is_told_in_the_form_of_its_dialect(
    run: Callable[..., None], target: bytes, body: bytes
) -> None:
    """By the path, as much of it as has come: no route was reached. Of StatsMix's with the header that has the status."""

    async def steps(connect: Connect) -> None:
        for head, status, told in (
            (b"GET " + target + b"v" * HEAD_BYTES_MAX + b" HTTP/1.1\r\n\r\n", 414, b"a URL has at most 64 KiB; "),
            (b"GET " + target + b" HTTP/1.1\r\n" + b"ab:\r\n" * (HEADERS_MAX + 2), 431, b"a request has at most 200 "),
            (b"GET " + target + b" HTTP/1.1\r\nX: " + b"v" * 2 * HEAD_BYTES_MAX, 431, b"a request has at most 200 "),
        ):
            client = await connect()
            await client.send(head)
            answer = await client.rest()

            assert answer.startswith(b"HTTP/1.1 %d " % status)
            assert body.partition(b"%s")[0] + told in answer
            assert answer.strip().endswith(body.partition(b"%s")[2])
            assert (b"\r\nstatus: %d\r\n" % status in answer) == (b"/api/v" in target or b"//api" in target)

    run(steps)


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nX: ", b"v" * 1000, id="a header without an end"),
        pytest.param(b"GET / HTTP/1.1\r\n", b"n" * 1000, id="a name without an end"),
        pytest.param(b"GET /", b"u" * 1000, id="a url without an end"),
        pytest.param(b"GET / HTTP/1.1\r\n", b"X: " + b"v" * 1000 + b"\r\n", id="headers without an end"),
        pytest.param(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"v" * 1000, id="a trailer without an end"
        ),
    ],
)
def test_what_has_no_end_is_not_kept(run: Callable[..., None], begin: bytes, piece: bytes) -> None:
    """The connection ends after some 64 KiB, however small the pieces are: memory is bounded."""
    protocols: list[LimitedProtocol] = []

    class Watched(LimitedProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            protocols.append(self)

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(begin)
        sent = 0
        while sent < 4 * HEAD_BYTES_MAX and not (protocols and protocols[0].is_over):
            await client.send(piece)
            sent += len(piece)

        assert HEAD_BYTES_MAX - len(piece) <= sent < 4 * HEAD_BYTES_MAX
        assert protocols[0].is_over

    run(steps, Watched)


@pytest.mark.parametrize(
    "begin",
    [
        pytest.param(b"", id="nothing at all"),
        pytest.param(b"GET / HT", id="half a line"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: h\r\n", id="no blank line"),
        pytest.param(b"\r\n\r\n", id="blank lines only"),
    ],
)
def test_a_head_that_does_not_come_to_its_end_in_time_is_dropped(run: Callable[..., None], begin: bytes) -> None:
    """Slow clients cannot hold connections: 10 s for a head (less in this test), whatever drips in."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(begin)

        assert await client.rest() == b""

    run(steps, ImpatientProtocol)


def test_the_next_request_of_a_connection_has_its_time_too(run: Callable[..., None]) -> None:
    """After an answer a half-sent head is dropped as at the start."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(GET)
        assert (await client.answer())[0] == 200
        await client.send(GET[:-4])

        assert await client.rest() == b""

    run(steps, ImpatientProtocol)


def test_a_body_has_its_time_and_no_more(run: Callable[..., None]) -> None:
    """However it trickles in: a connection costs a descriptor, and there are not many."""
    gone: list[str] = []

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] == "http.request" and message["more_body"]:
            pass
        gone.append(message["type"])
        if message["type"] == "http.request":
            await echo(scope, lambda: asyncio.sleep(0, message), send)

    async def steps(connect: Connect) -> None:
        head = b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n"
        client = await connect()
        await client.send(head)
        for _ in range(5):
            await client.send(b"x")
            await asyncio.sleep(0.1)
        assert (await client.answer())[0] == 408
        assert await client.rest() == b""
        assert gone == ["http.disconnect"]
        client = await connect()
        await client.send(head)
        await client.send(b"x" * 50, b"x" * 50)
        assert (await client.answer())[0] == 200
        await asyncio.sleep(0.5)  # the time of that body is over, and was its own
        await client.send(head, b"x" * 100)
        assert (await client.answer())[0] == 200

    run(steps, ImpatientProtocol, told)


def test_a_request_that_is_answered_slowly_is_not_dropped(run: Callable[..., None]) -> None:
    """The time is the head's alone: the application may take as long as it likes."""

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(3 * ImpatientProtocol.head_s)
        await echo(scope, receive, send)

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(GET)

        assert await client.answer() == (200, b"GET|/a|b=c|")

    run(steps, ImpatientProtocol, slow)


def test_what_follows_a_whole_request_does_not_take_its_answer_away(run: Callable[..., None]) -> None:
    """npm stathat counts Content-Length in UTF-16 units: the rest of its body is no request, but it was counted."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(
            b"POST /ez HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabct=1POST /c HTTP/1.1\r\nHost: h\r\n\r\n"
        )

        assert await client.answer() == (200, b"POST|/ez||abc")
        assert await client.rest() == b""

    run(steps)


def test_what_is_no_request_is_answered_400(run: Callable[..., None]) -> None:
    """A TLS hello, a text, a body that is not chunked as it says; as any failure of its path, where there is one."""

    async def steps(connect: Connect) -> None:
        line, told = b"400 Bad Request\n", b'{"detail":"Bad Request"}'
        for nonsense, answer in (
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), line),
            (b"hello\r\n\r\n", line),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", told),
            (b"GET http://[/ HTTP/1.1\r\n\r\n", told),
        ):
            client = await connect()
            await client.send(nonsense)

            assert await client.answer() == (400, answer)
            assert await client.rest() == b""

    run(steps)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"GET /api/whitelabel/?goal[name]=Raw Hello&a=b HTTP/1.0\r\nHost: h\r\n\r\n", id="a blank"),
        pytest.param(b"GET /api/whitelabel/?" + b"u" * HEAD_BYTES_MAX + b" HTTP/1.1\r\n\r\n", id="a long url"),
        pytest.param(b"GET /api/whitelabel/ HTTP/1.1\r\n" + b"a: b\r\n" * (HEADERS_MAX + 2), id="many headers"),
        pytest.param(b"POST /api/whitelabel/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", id="no chunk"),
        pytest.param(b"POST /api/whitelabel HTTP/1.1\r\nContent-Length: 100\r\n\r\nauth=1", id="half a body"),
    ],
)
def test_a_white_label_is_told_with_status_200_what_is_wrong(run: Callable[..., None], sent: bytes) -> None:
    """Whatever refused it: PHP's `file()`, which sends blanks as they are, drops the body of every other one."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(sent)

        assert await client.answer() == (200, b"NOK\n7\nA database error has occured.\n")
        assert await client.rest() == b""

    run(steps, ImpatientProtocol)


def test_a_client_that_speaks_https_to_http_is_told_to_the_operator(
    run: Callable[..., None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot read its answer; of other nonsense nothing is said."""
    monkeypatch.setattr(LimitedProtocol, "heard_tls", Seldom("edge", "https"))

    async def steps(connect: Connect) -> None:
        for nonsense in (b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256))):
            assert capsys.readouterr().err == ""
            client = await connect()
            await client.send(nonsense)
            await client.rest()

    run(steps)

    assert capsys.readouterr().err == "tilde edge: https (told once an hour)\n"


def test_an_offer_to_upgrade_is_passed_over_and_the_body_is_read(run: Callable[..., None]) -> None:
    """Java's HttpClient offers HTTP/2 with its first request; its body counts, and the connection goes on."""
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(b"POST /ez HTTP/1.1\r\nHost: h\r\n" + offer + b"Content-Length: 3\r\n\r\nabc" + GET)
        assert await client.answer() == (200, b"POST|/ez||abc")
        assert await client.answer() == (200, b"GET|/a|b=c|")
        await client.send(b"GET / HTTP/1.1\r\nHost: h\r\n" + offer + b"\r\n")
        assert await client.answer() == (200, b"GET|/||")
        await client.send(b"POST /2 HTTP/1.1\r\nHost: h\r\n" + offer + b"Content-Length: 3\r\n\r\n", b"a", b"bc")
        assert await client.answer() == (200, b"POST|/2||abc")

    run(steps)


def test_a_url_may_have_unencoded_bytes(run: Callable[..., None]) -> None:
    """curl sends a name with an accent as it stands; it is read as if it were percent-encoded."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send("GET /é?stat=café HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        assert await client.answer() == (200, "GET|/é|stat=caf%C3%A9|".encode())
        await client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n", "café".encode())
        assert await client.answer() == (200, "POST|/||café".encode())

    run(steps)


def test_a_body_that_was_answered_early_is_read_to_its_end(run: Callable[..., None]) -> None:
    """What comes of it after the answer is no request, whatever bytes it has; the next one is answered."""

    async def hasty(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET":
            await echo(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def steps(connect: Connect) -> None:
        client = await connect()
        body = "é\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n".encode()
        await client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (3 * len(body)), body)
        assert await client.answer() == (413, b"")
        await client.send(body, body, GET)
        assert await client.answer() == (200, b"GET|/a|b=c|")

    run(steps, app=hasty)


def test_a_client_that_only_reads_any_more_is_answered(run: Callable[..., None]) -> None:
    """Shell clients close their half when they have written; then the connection ends, with nothing behind it."""

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.1)
        await echo(scope, receive, send)

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(GET)
        client.writer.write_eof()

        assert await client.answer() == (200, b"GET|/a|b=c|")
        assert await client.rest() == b""

    run(steps, app=slow)


def test_half_a_request_and_no_more_ends_the_connection(run: Callable[..., None]) -> None:
    """Nothing more can come of it."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na")
        client.writer.write_eof()

        assert b"200" not in await client.rest()

    run(steps)


def test_a_client_that_leaves_when_it_has_written_is_heard(run: Callable[..., None]) -> None:
    """PHP's asynchronous clients close at once: the application gets the whole body all the same."""
    bodies: list[bytes] = []

    async def listening(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        bodies.append(message.get("body", b"gone"))
        await echo(scope, lambda: _return(message), send)

    async def _return(message: Message) -> Message:
        return message

    async def steps(connect: Connect) -> None:
        for _ in range(50):
            client = await connect()
            client.writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")
            client.writer.close()
        while len(bodies) < 50:
            await asyncio.sleep(0)

        assert bodies == [b"abc"] * 50

    run(steps, app=listening)


def test_an_idle_connection_is_kept_for_its_own_time_not_for_a_heads(run: Callable[..., None]) -> None:
    """Balancers keep theirs for ten minutes. A blank line behind a body, as old clients send it, begins no request."""

    async def steps(connect: Connect) -> None:
        for behind in (b"", b"\r\n", b"\n"):
            client = await connect()
            await client.send(b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx")
            assert await client.answer() == (200, b"POST|/p||x")
            if behind:
                await client.send(behind)
            await asyncio.sleep(3 * ImpatientProtocol.head_s)
            await client.send(GET)
            assert await client.answer() == (200, b"GET|/a|b=c|")

    run(steps, ImpatientProtocol)


def test_an_idle_connection_ends_after_its_time_whatever_blank_lines_came(run: Callable[..., None]) -> None:
    """And a head that is begun on it has a head's time."""

    async def steps(connect: Connect) -> None:
        for behind in (b"", b"\r\n"):
            client = await connect()
            await client.send(GET)
            await client.answer()
            if behind:
                await client.send(behind)
            assert await client.rest() == b""

    run(steps, ImpatientProtocol, keep_alive_s=0.3)

    async def begun(connect: Connect) -> None:
        client = await connect()
        await client.send(GET)
        await client.answer()
        await client.send(b"GET / HTTP/1.1\r\nHost: h", b"\r\n")
        assert await client.rest() == b""

    run(begun, ImpatientProtocol, keep_alive_s=3600)


def test_an_idle_connection_has_its_whole_time_behind_each_request(run: Callable[..., None]) -> None:
    """However long ago the first one was, and however long an answer took; then it ends."""

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(1.2 if scope["path"] == "/slow" else 0)
        await echo(scope, receive, send)

    async def steps(connect: Connect) -> None:
        client = await connect()
        for path in (b"/a", b"/a", b"/slow", b"/a"):
            await client.send(b"GET " + path + b" HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await client.answer())[0] == 200
            await asyncio.sleep(0.6)
        assert await client.rest() == b""

    run(steps, app=slow, keep_alive_s=1.0)


def test_a_connection_that_is_reset_between_requests_leaves_nothing(run: Callable[..., None]) -> None:
    """No timer that looks at it later: it would look at a descriptor that is another's by then, or at none."""
    protocols: list[LimitedProtocol] = []

    class Watched(LimitedProtocol):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            protocols.append(self)

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(GET)
        await client.answer()
        client.reset()
        await until_it_holds(lambda: bool(protocols))
        assert protocols[0].timeout_keep_alive_task is None
        assert protocols[0].timer is None
        assert not protocols[0]._standing.is_watched

    run(steps, Watched)


class Held:
    """An application whose first request runs until it is told to end; it notes what became of its clients."""

    def __init__(self) -> None:
        self.began = 0
        self.left = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.began += 1
        while (await receive())["type"] != "http.disconnect":
            pass
        self.left += 1


def test_the_request_that_runs_is_told_that_its_client_has_gone(run: Callable[..., None]) -> None:
    """Also where others wait behind it on the connection: those never begin."""
    held = Held()

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(GET, GET, GET)
        await until_it_holds(lambda: held.began == 1)
        client.reset()
        await until_it_holds(lambda: held.left == 1)

    run(steps, app=held)

    assert held.began == 1


def test_uvicorns_own_protocol_tells_another_one(run: Callable[..., None]) -> None:
    """The control of the above: when this fails, uvicorn tells the one that runs, and our protocol need not."""
    held = Held()
    told: list[tuple[bool, bool]] = []

    class Watched(HttpToolsProtocol):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            told.append((self.first.disconnected, self.cycle.disconnected))
            self.first.disconnected = True  # else it would never end
            self.first.message_event.set()

        def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
            self.first = cycle
            super()._start_asgi_task(cycle, app)

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(GET * 2)
        await until_it_holds(lambda: held.began == 1)
        client.reset()
        await until_it_holds(lambda: held.left == 1)

    run(steps, Watched, held)

    assert told == [(False, True)]


class HastyProtocol(LimitedProtocol):
    half_open_s = 0.2


def test_who_closes_before_an_answer_begins_has_gone(run: Callable[..., None]) -> None:
    """A program that ends says no more than one that has written all it will and still reads: that one has a moment."""
    held = Held()

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(GET)
        await until_it_holds(lambda: held.began == 1)
        client.writer.close()
        await until_it_holds(lambda: held.left == 1)

    run(steps, HastyProtocol, held)


def test_no_more_than_a_hundred_requests_wait_on_a_connection(run: Callable[..., None]) -> None:
    """What comes behind them is not read; the connection ends once they are answered."""
    answered = 0

    async def count(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal answered
        answered += 1
        await asyncio.sleep(0)
        await echo(scope, receive, send)

    async def steps(connect: Connect) -> None:
        client = await connect()
        client.writer.write(GET * (PIPELINED_MAX + 50))
        text = await client.rest()
        assert text.count(b"HTTP/1.1 200 OK") == answered

    run(steps, app=count)

    assert answered == PIPELINED_MAX + 1  # the one that runs, and those that wait


PIECE = b"x" * (64 << 10)


async def endless(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends 64 MiB, more than a connection's buffers take, as fast as they are taken."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(1024):
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


class BriefProtocol(LimitedProtocol):
    stands_s = 0.3


def test_an_answer_that_nobody_takes_ends_its_connection(run: Callable[..., None]) -> None:
    """After a while, in which nothing of it was taken; the application is told, and what it holds can go."""
    ended = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await endless(scope, receive, send)
        assert (await receive())["type"] == "http.disconnect"
        ended.set()

    async def steps(connect: Connect) -> None:
        client = await connect()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await client.send(GET)
        await asyncio.wait_for(ended.wait(), PATIENCE_S)

    run(steps, BriefProtocol, app)


def test_an_answer_that_is_taken_slowly_comes_whole(run: Callable[..., None]) -> None:
    """The whole takes many times as long as it may stand."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(GET)
        received = 0
        while piece := await asyncio.wait_for(client.reader.read(2 << 20), PATIENCE_S):
            received += len(piece)
            if received > 60 << 20:
                break
            await asyncio.sleep(0.05)
        assert received > 60 << 20

    run(steps, BriefProtocol, endless)


def test_an_answer_that_nobody_takes_ends_also_where_the_connection_was_to_close(run: Callable[..., None]) -> None:
    """A transport that closes waits until all is written, which may be never."""
    lost = asyncio.Event()

    class Watched(BriefProtocol):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            lost.set()

    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"%d" % (16 << 20)), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x" * (16 << 20)})

    async def steps(connect: Connect) -> None:
        client = await connect()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await client.send(GET)
        await asyncio.wait_for(lost.wait(), PATIENCE_S)

    run(steps, Watched, large)


async def streamed(scope: Scope, receive: Receive, send: Send) -> None:
    """An answer in two pieces, of a length that is not said."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"b")]})
    await send({"type": "http.response.body", "body": b"one,", "more_body": True})
    await send({"type": "http.response.body", "body": b"two"})


@pytest.mark.parametrize("head", [b"Host: h\r\n", b"Connection: keep-alive\r\n", b"Connection: close\r\n", b""])
def test_an_http_1_0_client_gets_no_chunks(run: Callable[..., None], head: bytes) -> None:
    """The end of the connection ends the answer, whatever the client has said of keeping it."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(b"GET /a HTTP/1.0\r\n" + head + b"\r\n")
        lines, _, body = (await client.rest()).partition(b"\r\n\r\n")
        assert body == b"one,two"
        assert b"transfer-encoding" not in lines.lower()
        assert b"connection: close" in lines.lower()

    run(steps, app=streamed)


def test_http_0_9_written_as_a_version_gets_no_chunks_either(run: Callable[..., None]) -> None:
    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(b"GET /a HTTP/0.9\r\nConnection: keep-alive\r\n\r\n")
        assert (await client.rest()).endswith(b"connection: close\r\n\r\none,two")

    run(steps, app=streamed)


@pytest.mark.parametrize(("version", "first"), [(b"1.0", b"HTTP/1.1 200 OK"), (b"1.1", b"HTTP/1.1 100 Continue")])
def test_an_http_1_0_client_is_not_told_to_continue(run: Callable[..., None], version: bytes, first: bytes) -> None:
    """It would take that for the answer; one of HTTP/1.1 waits for it."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        head = b"POST /a HTTP/" + version + b"\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        await client.send(head, b"abc")
        assert (await client.reader.readline()).rstrip() == first

    run(steps)


async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads no body."""
    await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(("expects", "is_last"), [(b"Expect: 100-continue\r\n", True), (b"", False)])
def test_an_answer_without_the_body_that_a_client_offered_is_the_last(
    run: Callable[..., None], expects: bytes, is_last: bool
) -> None:
    """He may send that body now or not, so nobody knows where the next request would begin; and it is said."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n" + expects + b"\r\n")
        head = await asyncio.wait_for(client.reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        assert (b"connection: close" in head) is is_last
        if is_last:
            assert await client.rest() == b""

    run(steps, app=refusing)


def test_an_http_1_0_client_is_told_a_length_that_is_known(run: Callable[..., None]) -> None:
    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(b"POST /a HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc")
        assert await client.answer() == (200, b"POST|/a||abc")
        assert await client.rest() == b""

    run(steps)


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_answers_without_a_body_have_none_in_http_1_0(run: Callable[..., None], method: bytes) -> None:
    async def empty(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(method + b" /a HTTP/1.0\r\n\r\n")
        assert (await client.rest()).endswith(b"\r\n\r\n")

    run(steps, app=empty)


def test_an_http_1_1_client_still_gets_chunks(run: Callable[..., None]) -> None:
    """The control of the above."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert (await client.rest()).endswith(b"4\r\none,\r\n3\r\ntwo\r\n0\r\n\r\n")

    run(steps, app=streamed)


def test_what_waits_on_a_connection_has_a_bound_in_bytes(run: Callable[..., None]) -> None:
    """Ten heads of 60 kB are not kept behind a request that runs: the connection ends when that is answered."""
    began = 0
    go_on = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal began
        began += 1
        await go_on.wait()
        await echo(scope, receive, send)

    async def steps(connect: Connect) -> None:
        client = await connect()
        client.writer.write(
            GET + b"".join(b"GET /a HTTP/1.1\r\nHost: h\r\nX: %s\r\n\r\n" % (b"x" * 60_000) for _ in range(10))
        )
        await client.writer.drain()
        await until_it_holds(lambda: began == 1)
        go_on.set()
        # Four more, and two where uvloop has read 256 KiB at once.
        assert 1 < (await client.rest()).count(b"HTTP/1.1 200 OK") < 8

    run(steps, app=slow)


def test_a_body_behind_too_many_requests_is_not_waited_for(run: Callable[..., None]) -> None:
    """The one too many is passed over, whatever of it is still to come."""

    async def steps(connect: Connect) -> None:
        client = await connect()
        client.writer.write(GET * (PIPELINED_MAX + 1) + b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 99\r\n\r\nx")
        assert (await client.rest()).count(b"HTTP/1.1 200 OK") >= PIPELINED_MAX

    run(steps)


def test_a_half_request_takes_nothing_from_whole_ones_before_it(run: Callable[..., None]) -> None:
    """A client that has closed its side gets the answers to what it had sent whole."""

    async def later(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.05)
        await echo(scope, receive, send)

    async def steps(connect: Connect) -> None:
        client = await connect()
        client.writer.write(GET + GET + b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 99\r\n\r\nx")
        client.writer.write_eof()
        assert (await client.rest()).count(b"HTTP/1.1 200 OK") == 2

    run(steps, app=later)


def test_an_aborted_answer_looks_whole_to_nobody(run: Callable[..., None]) -> None:
    """Without a length and without chunks only a reset says that more should have come."""

    async def broken_off(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        await asyncio.sleep(0.05)
        scope[ABORT]()
        await receive()

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(b"GET /a HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            await client.rest()

    run(steps, app=broken_off)


@pytest.mark.parametrize("sent", [GET, GET * 5, GET[:20], b""], ids=["one", "pipelined", "half", "nothing"])
def test_a_lost_connection_is_gone_at_once(run: Callable[..., None], sent: bytes) -> None:
    """Without the collector, which looks rarely: over TLS 300 kB of buffers would wait for it with each."""
    lost: list[weakref.ref[LimitedProtocol]] = []

    class Watched(LimitedProtocol):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            lost.append(weakref.ref(self))

    async def steps(connect: Connect) -> None:
        client = await connect()
        await client.send(sent)
        if sent.startswith(GET):
            await client.answer()
        client.writer.close()
        await until_it_holds(lambda: lost and lost[0]() is None, patience_s=PATIENCE_S)

    gc.disable()
    try:
        run(steps, Watched)
    finally:
        gc.enable()
