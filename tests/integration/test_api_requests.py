"""Requests to the query API by itself, as `tilde api` serves it: paths, HEAD, methods, who is refused before his body."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from starlette.types import Message

from testkit.query_place import HITS, NOW, OPERATOR, TOKEN, a_hit
from testkit.rows import a_metric
from testkit.waiting import PATIENCE_S
from tilde.domain.catalog.stats import StatCommented
from tilde.domain.stats.metrics import short_id
from tilde.web.client_gone import ends_with_client

pytestmark = [pytest.mark.store, pytest.mark.asyncio(loop_scope="module")]
BEARER = {"authorization": f"Bearer {TOKEN}"}
AS_OPERATOR = {"authorization": f"Bearer {OPERATOR}"}
ID = short_id(HITS)


@pytest_asyncio.fixture(loop_scope="module")
async def known(place):
    """`main` has counted."""
    await place.insert("metric", a_metric(metric=HITS))
    await place.insert("point", a_hit(60, 5))
    return place


async def test_paths_have_plain_forms_and_nobody_is_redirected(known):
    """A redirect would name this host, which users do not see."""
    plain = await known.get(f"/x/{TOKEN}/statlist")

    for path in (f"/x/{TOKEN}/statlist/", f"/x//{TOKEN}/statlist", f"/x/{TOKEN}//statlist//"):
        assert await known.get(path) == plain
    for path in ("/ready/", "/health//", "/openapi.json/", "/subjects/", "/x/", "/tilde/v1/stats/", "/nothing/"):
        answer = await known.http.get(path, headers=BEARER)
        assert not answer.is_redirect
        assert "location" not in answer.headers


async def test_head_is_get_without_a_body(known):
    """Status and headers, the length where GET has one; also of a stream, which is not made."""
    for path in (f"/x/{TOKEN}/statlist", "/x/nobodys/statlist", "/health", "/subjects", "/tilde/v1/stats"):
        get = await known.http.get(path, headers=BEARER)
        head = await known.http.head(path, headers=BEARER)
        assert (head.status_code, head.headers, head.content) == (get.status_code, get.headers, b"")
    export = await known.http.head("/tilde/v1/export", headers=BEARER)
    assert (export.status_code, export.content) == (200, b"")
    assert export.headers["content-disposition"] == 'attachment; filename="stats.csv"'


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/health", "GET, HEAD"),
        ("PUT", f"/tilde/v1/stats/{ID}/series", "GET, HEAD"),
        ("GET", "/tilde/v1/sql", "POST"),
        ("PATCH", "/subjects/points-value", "POST, DELETE"),
        ("PATCH", f"/x/{TOKEN}/alerts/1", "GET, HEAD, DELETE"),
    ],
)
async def test_a_method_that_is_not_there_is_told_which_are(place, method, path, allow):
    """All that the path knows, whichever route has them."""
    answer = await place.http.request(method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert answer.json() == {"msg" if path.startswith("/x/") else "detail": "Method Not Allowed"}


async def test_who_is_not_the_operator_is_told_before_his_statement_is_read(place):
    """It is held back, and the answer comes all the same."""

    async def receive() -> Any:
        await asyncio.Event().wait()

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/tilde/v1/sql", "raw_path": b"/tilde/v1/sql"}
    scope |= {"query_string": b"", "headers": [(b"content-length", b"900000"), (b"content-type", b"application/json")]}
    async with asyncio.timeout(PATIENCE_S):
        await place.app({**scope, "root_path": "", "scheme": "http", "http_version": "1.1"}, receive, send)

    assert sent[0]["status"] == 401


async def test_no_body_is_longer_than_an_edge_would_pass_on(place):
    """413, also at a path that reads none."""
    for path in ("/tilde/v1/sql", "/subjects/points-value"):
        answer = await place.http.post(path, content=b" " * ((1 << 20) + 1), headers=AS_OPERATOR)
        assert answer.status_code == 413


async def test_to_know_that_a_stat_is_there_its_comments_are_not_fetched(known):
    """A thousand of them have megabytes; the edge asks before each command."""
    for _ in range(20):
        await known.decide(StatCommented(1, HITS, "c" * 2_000), at_ms=NOW * 1000)
    for path, headers, said in (
        ("/tilde/v1/stats", BEARER, set()),
        ("/tilde/v1/accounts/main/stats", AS_OPERATOR, {"kind", "name"}),
    ):
        answer = await known.http.get(f"{path}/{ID}/exists", headers=headers)
        assert (answer.status_code, answer.json().keys()) == (200, said)
        assert (await known.http.get(f"{path}/{short_id(HITS + 1)}/exists", headers=headers)).status_code == 404
        assert (await known.http.get(f"{path}/nonsense/exists", headers=headers)).status_code == 404
        assert (await known.http.get(f"{path}/{ID}/exists")).status_code == 401


async def test_the_lists_of_alerts_are_empty(place):
    """Exporters and the official command line stop at a 404; a single alert is not found."""
    basic = {"auth": (TOKEN, "")}

    assert await place.get(f"/x/{TOKEN}/alerts") == []
    assert await place.get("/a1/alerts", **basic) == []
    assert await place.get(f"/x/{TOKEN}/alerts/7", 404) == {"msg": "alert not found"}
    assert (await place.http.delete(f"/x/{TOKEN}/alerts/7")).json() == {"msg": "alert not found"}
    assert await place.get("/x/nobodys/alerts", 401) == {"msg": "invalid access token"}
    assert await place.get("/a1/alerts", 401) == {"msg": "invalid access token"}


async def test_a_statement_ends_with_its_client(place, monkeypatch):
    """Also before its first row, by what ends every request of the query API."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def answer(*_: Any, **__: Any) -> AsyncIterator[bytes]:
        try:
            begun.set()
            await asyncio.Event().wait()
            yield b""
        finally:
            ended.set()

    async def receive() -> Message:
        if not begun.is_set() and not asked:
            asked.append(True)
            return {"type": "http.request", "body": b'{"query":"SELECT 1"}', "more_body": False}
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asked: list[bool] = []
    sent: list[Message] = []
    monkeypatch.setattr(place.store, "answer", answer)
    said = AS_OPERATOR | {"content-type": "application/json"}
    headers = [(name.encode(), value.encode()) for name, value in said.items()]
    scope = {"type": "http", "method": "POST", "path": "/tilde/v1/sql", "query_string": b"", "headers": headers}
    await asyncio.wait_for(ends_with_client(place.app, scope, receive, send), PATIENCE_S)

    assert ended.is_set()
    assert sent == []
