"""Requests as clients and browsers write them, at the edge: paths, HEAD, CORS, and who is refused before his body."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from producers.stathat.posts import BODY_BYTES_MAX
from producers.stathat.reasons import Reason
from producers.web.app import EdgeApp
from producers.web.cors import Cors
from testkit.asking import FORM, JSON, ask
from testkit.stathat import EZKEY, OK, an_edge
from testkit.waiting import PATIENCE_S
from testkit.whole_edge import TOKEN, the_whole_edge
from tests.integration.test_whole_edge import OPERATOR, Echo, basic, told

PAGE = [(b"origin", b"https://page.example")]
PREFLIGHT = [*PAGE, (b"access-control-request-method", b"GET"), (b"access-control-request-headers", b"authorization")]


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[EdgeApp]:
    async with the_whole_edge(tmp_path) as app:
        yield app


# Paths.


@pytest.mark.parametrize("path", ["/ez", "//ez", "/ez/", "//ez//"])
async def test_a_post_counts_with_every_slash_of_a_base_url(path: str) -> None:
    """A form, a query and a batch; each is counted once."""
    edge = await an_edge()
    post = f"ezkey={EZKEY}&stat=a&count=1"

    for reply in (
        await ask(edge.app, "POST", path, post.encode(), FORM),
        await ask(edge.app, "GET", f"{path}?{post}"),
        await ask(edge.app, "POST", path, orjson.dumps({"ezkey": EZKEY, "stat": "a", "count": 1}), JSON),
    ):
        assert reply.body == OK
    assert len(edge.posted()) == 3


async def test_the_edges_own_paths_have_plain_forms(app: EdgeApp) -> None:
    """Classic calls, health, the operator's; and no answer is a redirect."""
    assert (await ask(app, "GET", "//health/")).status == 200
    assert (await ask(app, "GET", "/docs/")).status == 200
    assert (await ask(app, "GET", "//tilde/v1/accounts//main/", b"", OPERATOR)).status == 200
    assert (await ask(app, "POST", "/c/", b"key=k&ukey=u", FORM)).body == b'{"status":500,"msg":"invalid keys"}'
    assert (await ask(app, "GET", "/v//?key=k&ukey=u")).body == b'{"status":500,"msg":"invalid keys"}'
    assert told(await ask(app, "DELETE", f"//x//{TOKEN}/stats/0/")) == (404, b'{"msg":"stat not found"}')


async def test_a_path_goes_on_in_its_plain_form(tmp_path: Path) -> None:
    """What is encoded stays as it is."""
    async with Echo(tmp_path / "api.sock") as echo:
        transport = httpx.AsyncHTTPTransport(uds=str(echo.path))
        async with the_whole_edge(tmp_path, transport) as app:
            reply = await ask(app, "GET", "//x/T%2F%2Fx/statlist/?offset=1")

    assert reply.body.startswith(b"GET /x/T%2F%2Fx/statlist?offset=1 HTTP/1.1")


async def test_a_redirect_behind_the_edge_is_not_passed_on(tmp_path: Path) -> None:
    """It is of a proxy on the way, and names a host of ours."""
    api = httpx.MockTransport(lambda _: httpx.Response(307, headers={"location": "http://query-api/x/TOKEN/statlist"}))
    async with the_whole_edge(tmp_path, api) as app:
        reply = await ask(app, "GET", f"/x/{TOKEN}/statlist")

    assert reply.status == 503
    assert b"query-api/" not in reply.body + repr(reply.headers).encode()


# HEAD, and methods that are not there.


@pytest.mark.parametrize("path", ["/", "/health", "/docs", "/docs-assets/favicon.png", "/tilde/v1/accounts"])
async def test_head_is_get_without_a_body(app: EdgeApp, path: str) -> None:
    """Status and headers, the length too."""
    get = await ask(app, "GET", path, b"", OPERATOR)
    head = await ask(app, "HEAD", path, b"", OPERATOR)

    assert get.status == 200
    assert head == get._replace(body=b"")
    assert any(name == b"content-length" for name, _ in head.headers)


async def test_head_of_a_path_of_the_api_goes_on_as_head(tmp_path: Path) -> None:
    """It has no work to do for a body that nobody gets."""
    asked = []

    async def api(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["method"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"12345")]})
        await send({"type": "http.response.body", "body": b""})

    async with the_whole_edge(tmp_path, httpx.ASGITransport(api)) as app:
        reply = await ask(app, "HEAD", f"/x/{TOKEN}/statlist")

    assert (reply.status, reply.body, asked) == (200, b"", ["HEAD"])
    assert (b"content-length", b"12345") in reply.headers


@pytest.mark.parametrize("path", ["/ez", "/c", "/v", "//ez/"])
async def test_head_counts_nothing(path: str) -> None:
    """A probe of a URL that counts is no post."""
    edge = await an_edge()
    reply = await ask(edge.app, "HEAD", f"{path}?ezkey={EZKEY}&stat=a&count=1")

    assert (reply.status, edge.posted()) == (405, [])
    assert (b"allow", b"GET, POST, OPTIONS") in reply.headers


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/tilde/v1/accounts", b"GET, HEAD, POST"),
        ("DELETE", "/tilde/v1/accounts/main", b"GET, HEAD, PATCH"),
        ("PUT", "/tilde/v1/accounts/main/stats", b"GET, HEAD, POST, DELETE"),
        ("POST", "/health", b"GET, HEAD"),
        ("POST", "/docs/", b"GET, HEAD"),
        ("PUT", "/a1/comments", b"POST"),
    ],
)
async def test_a_method_that_is_not_there_is_told_which_are(
    tmp_path: Path, method: str, path: str, allow: bytes
) -> None:
    """All of the path's, the query API's among them."""

    def api(request: httpx.Request) -> httpx.Response:
        lists = request.url.path == "/tilde/v1/accounts/main/stats"
        return httpx.Response(405, headers={"allow": "GET, HEAD"}) if lists else httpx.Response(404)

    async with the_whole_edge(tmp_path, httpx.MockTransport(api)) as app:
        reply = await ask(app, method, path, b"", OPERATOR)

    assert reply.status == 405
    assert (b"allow", allow) in reply.headers


# CORS.


async def preflight(app: EdgeApp, path: str) -> dict[bytes, bytes]:
    """What a browser is told before the page's request."""
    return dict((await ask(app, "OPTIONS", path, b"", PREFLIGHT)).headers)


@pytest.mark.parametrize("path", ["/x/TOKEN/statlist", "//x/TOKEN/statlist/", "/tilde/v1/stats", "/tilde/v1/export"])
async def test_reads_by_token_may_come_from_any_page(app: EdgeApp, path: str) -> None:
    """A star alone would not be the header Authorization; credentials, as cookies, are never allowed."""
    told_before = await preflight(app, path)

    assert told_before[b"access-control-allow-origin"] == b"*"
    assert b"GET" in told_before[b"access-control-allow-methods"]
    assert b"authorization" in told_before[b"access-control-allow-headers"]
    assert b"access-control-allow-credentials" not in told_before


async def test_a_refusal_can_be_read_by_the_page_that_caused_it(app: EdgeApp) -> None:
    """A wrong token, a method that is not there, a body too long, and the API away."""
    replies = [
        await ask(app, "DELETE", "/x/nobodys/stats/0", b"", PAGE),
        await ask(app, "GET", "/x/TOKEN/statlist", b"", PAGE),
        await ask(app, "PUT", "/a1/comments", b"", PAGE),
        await ask(app, "POST", "/a1/comments", [b"x" * (1 << 20)] * 3, [*PAGE, *basic(TOKEN.encode())]),
    ]

    assert [reply.status for reply in replies] == [401, 404, 405, 413]
    for reply in replies:
        assert (b"access-control-allow-origin", b"*") in reply.headers


async def test_the_operators_api_is_for_no_page(app: EdgeApp) -> None:
    """Unless a setting names its origin."""
    reply = await ask(app, "GET", "/tilde/v1/accounts", b"", [*OPERATOR, *PAGE])

    assert b"access-control-allow-origin" not in await preflight(app, "/tilde/v1/accounts")
    assert all(not name.startswith(b"access-control") for name, _ in reply.headers)


async def test_origins_that_a_setting_names_are_told_by_name(app: EdgeApp) -> None:
    """And caches that the answer is another for others."""
    app._cors = Cors(reads=["https://page.example"], operators=["https://page.example", "null"])
    other = [(b"origin", b"https://other.example")]

    told_before = await preflight(app, "/tilde/v1/accounts")
    assert told_before[b"access-control-allow-origin"] == b"https://page.example"
    assert told_before[b"vary"] == b"Origin"
    assert told_before[b"access-control-allow-methods"] == b"GET, HEAD, POST, OPTIONS"
    for headers, allowed in ((PAGE, [b"https://page.example"]), (other, []), ([], [])):
        reply = await ask(app, "GET", f"/x/{TOKEN}/statlist", b"", headers)
        assert [value for name, value in reply.headers if name == b"access-control-allow-origin"] == allowed
        assert (b"vary", b"Origin") in reply.headers


# Bodies.


@pytest.mark.parametrize(
    "path",
    [
        "/tilde/v1/accounts",
        "/tilde/v1/accounts/main/keys",
        "/tilde/v1/stats/find",
        "/tilde/v1/stats/delete",
        "/tilde/v1/accounts/main/stats/find",
        "/tilde/v1/sql",
        "/tilde/v1/generations",
        "/tilde/v1/anything",
        "/a1/comments",
    ],
)
async def test_who_may_not_is_told_before_his_body_is_read(app: EdgeApp, path: str) -> None:
    """He holds it back, and is answered all the same; one that is read would be waited for."""
    asked: list[object] = []

    async def receive() -> Any:
        asked.append("the body")
        await asyncio.Event().wait()

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-length", b"7000000"), JSON[0], (b"authorization", b"Bearer nobodys")]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
    scope |= {"headers": headers, "root_path": "", "scheme": "http", "http_version": "1.1", "client": ("::1", 1)}
    async with asyncio.timeout(PATIENCE_S):
        await app(scope, receive, send)

    assert (sent[0]["status"], asked) == (401, [])


async def test_bodies_that_never_end_do_not_keep_others_from_posting() -> None:
    """Of forty large ones the oldest are let go, in StatHat's form; a small post and a large batch are taken."""
    edge = await an_edge()
    item = {"stat": "s" * 200, "count": 1}
    large = orjson.dumps({"ezkey": EZKEY, "data": [item] * 1000})

    class Endless:
        def __init__(self) -> None:
            self.sent: list[Any] = []
            self.left = BODY_BYTES_MAX - 1

        async def receive(self) -> Any:
            if self.left <= 0:
                await asyncio.Event().wait()
            piece, self.left = min(self.left, 1 << 20), self.left - (1 << 20)
            return {"type": "http.request", "body": b" " * piece, "more_body": True}

        async def send(self, message: Any) -> None:
            self.sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/ez", "raw_path": b"/ez", "query_string": b"", "headers": JSON}
    scope |= {"root_path": "", "scheme": "http", "http_version": "1.1", "client": ("::1", 1)}
    senders = [Endless() for _ in range(40)]
    tasks = [asyncio.create_task(edge.app({**scope}, one.receive, one.send)) for one in senders]
    try:
        async with asyncio.timeout(60):
            while sum(bool(one.sent) for one in senders) < 28:
                await asyncio.sleep(0.01)
        small = await ask(edge.app, "POST", "/ez", f"ezkey={EZKEY}&stat=a&count=1".encode(), FORM)
        batch = await ask(edge.app, "POST", "/ez", [large[:70_000], large[70_000:]], JSON)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    assert small.body == OK
    assert batch.body == b'{"status":200,"msg":"ok","multiple":1000}'
    start, body = next(one.sent for one in senders if one.sent)[:2]
    assert (start["status"], dict(start["headers"])[b"retry-after"]) == (503, b"5")
    assert body["body"] == b'{"status":503,"msg":"too many large posts at a time"}'
    assert edge.intake.tally.refused[Reason.NO_ROOM] >= 28
    assert edge.app.bodies.bytes == 0


@pytest.mark.parametrize("piece", [b"{},", b'{"a":1},', b'"ab",', b"1,", b"[],"], ids=repr)
async def test_json_with_more_parts_than_a_batch_can_have_is_not_parsed(piece: bytes) -> None:
    """A parser in C lets nobody else run before it has done."""
    edge = await an_edge()
    body = b"[" + piece * ((BODY_BYTES_MAX - 10) // len(piece)) + b"1]"

    assert (await ask(edge.app, "POST", "/ez", body, JSON)).body == b'{"status":500,"msg":"bad json"}'


async def test_the_widest_batch_is_taken() -> None:
    """A thousand items, each with a hundred names behind its `~`."""
    edge = await an_edge()
    names = ",".join(f"n{number}" for number in range(100))
    body = orjson.dumps({"ezkey": EZKEY, "data": [{"stat": f"p{i}~{names}", "count": i} for i in range(1000)]})
    reply = await ask(edge.app, "POST", "/ez", body, JSON)

    assert reply.body == b'{"status":200,"msg":"ok","multiple":1000}'
