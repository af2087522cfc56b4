"""The edge with the real query API behind it, as users see the two: which methods a path has, and how it refuses."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import httpx
import orjson
import pytest
import pytest_asyncio

from producers.web.app import EdgeApp
from producers.web.cors import Cors
from testkit.asking import FORM, JSON, ask
from testkit.query_place import HITS, OPERATOR, TOKEN, QueryPlace, a_hit
from testkit.rows import a_metric
from testkit.whole_edge import AWAY, OPERATOR_TOKEN, the_whole_edge
from testkit.whole_edge import TOKEN as EDGES_TOKEN
from tests.integration.test_whole_edge import basic
from tilde.domain.stats.metrics import short_id
from tilde.store import Store

pytestmark = pytest.mark.asyncio(loop_scope="module")
ID = short_id(HITS)
MINE = [(b"authorization", b"Bearer " + EDGES_TOKEN.encode())]
OPERATORS = [(b"authorization", b"Bearer " + OPERATOR_TOKEN.encode())]
PAGE = [(b"origin", b"https://page.example")]
PREFLIGHT = [*PAGE, (b"access-control-request-method", b"GET"), (b"access-control-request-headers", b"authorization")]


class Renamed(httpx.AsyncBaseTransport):
    """The real API, whose accounts have tokens of their own: tokens of the edge's tests become those."""

    def __init__(self, app: object) -> None:
        self._api = httpx.ASGITransport(app)  # type: ignore[arg-type]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "target" in request.extensions:  # of a connection, which this transport has not
            request.url = httpx.URL("http://query-api" + request.extensions["target"].decode())
        known = {f"Bearer {EDGES_TOKEN}": f"Bearer {TOKEN}", f"Bearer {OPERATOR_TOKEN}": f"Bearer {OPERATOR}"}
        told = request.headers.get("authorization", "")
        request.headers["authorization"] = known.get(told, told)
        return await self._api.handle_async_request(request)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api() -> QueryPlace:
    """Without tables. Nothing that is asked of an edge changes its catalog."""
    api = QueryPlace(cast("Store", None))
    await api.open()
    return api


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory, api: QueryPlace) -> AsyncIterator[EdgeApp]:
    """For what needs no table, and leaves the edge as it was but for an account with a name of its own."""
    async with the_whole_edge(tmp_path_factory.mktemp("edge"), Renamed(api.app)) as app:
        yield app


@pytest_asyncio.fixture(loop_scope="module")
async def counted(tmp_path: Path, place) -> AsyncIterator[EdgeApp]:
    """One stat, with a point."""
    await place.insert("metric", a_metric(metric=HITS))
    await place.insert("point", a_hit(60, 5))
    async with the_whole_edge(tmp_path, Renamed(place.app)) as app:
        yield app


ON_CHDB = pytest.mark.parametrize("place", ["chdb"], indirect=True)


@ON_CHDB
async def test_stats_are_found_through_the_edge(counted: EdgeApp) -> None:
    """Though the edge has a path of its own that looks alike, `DELETE /stats/{stat}`; as JSON, whatever the header
    calls it.
    """
    for path, who in (("/tilde/v1/stats/find", MINE), ("/tilde/v1/accounts/main/stats/find", OPERATORS)):
        for kind in (JSON, FORM, []):
            reply = await ask(counted, "POST", path, b'{"ids":["%s"]}' % ID.encode(), [*who, *kind])

            assert reply.status == 200
            assert [found["id"] for found in orjson.loads(reply.body)["stats"]] == [ID]


@ON_CHDB
async def test_a_statement_is_json_whatever_its_header_says(counted: EdgeApp) -> None:
    """`curl -d` calls everything a form."""
    for kind in (JSON, FORM, []):
        body = b'{"query":"SELECT 1 AS one"}'

        assert (await ask(counted, "POST", "/tilde/v1/sql", body, [*OPERATORS, *kind])).status == 200


@pytest.mark.parametrize(
    ("name", "kind"), [("second", []), ("third", FORM), ("fourth", [(b"content-type", b"text/plain")])]
)
async def test_an_account_is_json_whatever_its_header_says(app: EdgeApp, name: str, kind) -> None:
    """What is none is told which header JSON has."""
    account = await ask(app, "POST", "/tilde/v1/accounts", b'{"name":"%s"}' % name.encode(), [*OPERATORS, *kind])
    form = await ask(app, "POST", "/tilde/v1/accounts", b"name=fifth", [*OPERATORS, *kind])

    assert (account.status, form.status) == (200, 422)
    assert b"Content-Type: application/json" in form.body


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/tilde/v1/stats/find", b"POST"),
        ("DELETE", "/tilde/v1/stats/find", b"POST"),
        ("GET", "/tilde/v1/stats/delete", b"POST"),
        ("HEAD", "/tilde/v1/stats/delete", b"POST"),
        ("GET", "/tilde/v1/accounts/main/stats/find", b"POST"),
        ("DELETE", "/tilde/v1/accounts/main/stats/delete", b"POST"),
        ("GET", "/tilde/v1/accounts/main/keys", b"POST"),
        ("GET", "/tilde/v1/accounts/main/keys/ukey", b"DELETE"),
        ("GET", "/tilde/v1/sql", b"POST"),
        ("GET", "/a1/comments", b"POST"),
        ("PUT", f"/tilde/v1/stats/{ID}", b"GET, HEAD, DELETE"),
    ],
)
async def test_a_path_that_is_not_read_says_so(app: EdgeApp, method: str, path: str, allow: bytes) -> None:
    """405 with what there is; a word is nobody's id."""
    reply = await ask(app, method, path, b"", OPERATORS)

    assert (reply.status, dict(reply.headers)[b"allow"]) == (405, allow)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/tilde/v1/stats", b"GET, HEAD, OPTIONS"),
        ("/tilde/v1/stats/find", b"POST, OPTIONS"),
        (f"/x/{TOKEN}/statlist", b"GET, HEAD, OPTIONS"),
        ("/api/v2/stats", b"GET, HEAD, OPTIONS"),
        ("/api/v2/metrics/7.json", b"GET, HEAD, OPTIONS"),
        ("/api/v1/stats/7.xml", b"GET, HEAD, OPTIONS"),
        ("/tilde/v1/accounts", b"GET, HEAD, POST, OPTIONS"),
        ("/tilde/v1/accounts/main/keys", b"POST, OPTIONS"),
        (f"/tilde/v1/accounts/main/stats/{ID}", b"GET, HEAD, PATCH, DELETE, OPTIONS"),
        ("/tilde/v1/sql", b"POST, OPTIONS"),
    ],
)
async def test_a_preflight_names_the_methods_that_a_path_has_and_a_page_may_use(
    app: EdgeApp, path: str, methods: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those that both sides know; where one asks by POST, that is a read."""
    monkeypatch.setattr(app, "_cors", Cors("*", "*"))
    told = dict((await ask(app, "OPTIONS", path, b"", PREFLIGHT)).headers)

    assert (told[b"access-control-allow-methods"], told[b"allow"]) == (methods, methods)


@pytest.mark.parametrize("path", ["/api/v2/track", "/api/v2/track.json"])
async def test_a_get_that_writes_is_no_read_for_pages(app: EdgeApp, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`track` counts, also as a GET."""
    monkeypatch.setattr(app, "_cors", Cors("*", "*"))
    for method in ("OPTIONS", "GET"):
        told = dict((await ask(app, method, path, b"", PREFLIGHT)).headers)
        assert b"access-control-allow-origin" not in told


@pytest.mark.parametrize("path", ["/tilde/v1/stats/delete", "/a1/comments"])
async def test_a_path_that_only_changes_gives_pages_no_leave(app: EdgeApp, path: str) -> None:
    """A browser does not look at the list before it sends a POST, so there must be none."""
    reply = await ask(app, "OPTIONS", path, b"", PREFLIGHT)

    assert (reply.status, dict(reply.headers)[b"allow"]) == (405, b"POST")


async def test_while_the_api_is_away_a_preflight_names_all_that_a_page_may_use(tmp_path: Path) -> None:
    """The page then reads in the answer to its request why; no browser keeps the list."""
    async with the_whole_edge(tmp_path, AWAY) as app:
        told = dict((await ask(app, "OPTIONS", "/x/TOKEN/statlist", b"", PREFLIGHT)).headers)

    assert told[b"access-control-allow-methods"] == b"GET, HEAD, OPTIONS"
    assert told[b"access-control-max-age"] == b"0"


@ON_CHDB
async def test_a_line_end_behind_a_token_is_not_part_of_it(counted: EdgeApp) -> None:
    """A token read from a file has one."""
    plain = await ask(counted, "GET", f"/x/{TOKEN}/data/{ID}?t=1w1d")

    assert plain.status == 200
    for end in ("%0A", "%0D%0A", "%0d%0a"):
        assert (await ask(counted, "GET", f"/x/{TOKEN}{end}/data/{ID}{end}?t=1w1d")).body == plain.body
        deleted = await ask(counted, "DELETE", f"/x/{EDGES_TOKEN}{end}/stats/000000000")
        assert (deleted.status, deleted.body) == (404, b'{"msg":"stat not found"}')


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/x/TOKEN/nothing", {"msg": "Not Found"}),
        ("/x/", {"msg": "Not Found"}),
        ("/a1/nothing", {"msg": "Not Found"}),
        ("/a1/alerts/1", {"msg": "alert not found"}),
        ("/nothing", {"detail": "Not Found"}),
        ("/tilde/v1/nothing", {"detail": "Not Found"}),
    ],
)
async def test_what_is_not_there_is_told_in_the_form_of_its_path(app: EdgeApp, path: str, said) -> None:
    """StatHat's clients look for `msg`."""
    reply = await ask(app, "GET", path, b"", basic(TOKEN.encode()))

    assert (reply.status, orjson.loads(reply.body)) == (404, said)


@pytest.mark.parametrize("path", ["/ez", "/c", "/v"])
async def test_a_post_longer_than_any_is_refused_as_every_long_one(app: EdgeApp, path: str) -> None:
    """In StatHat's form, for pages too, also where the head alone says how long it is."""
    announced = [*FORM, (b"content-length", b"%d" % (9 << 20))]
    reply = await ask(app, "POST", path, [b"x" * (1 << 20)] * 9, announced)

    assert reply.body == b'{"status":500,"msg":"body too long"}'
    assert (b"access-control-allow-origin", b"*") in reply.headers


@ON_CHDB
async def test_ids_of_stats_to_delete_have_either_name(counted: EdgeApp) -> None:
    """In a query and in a body, where one needs no list; or there is a prefix."""
    replies = [
        await ask(counted, "DELETE", f"/tilde/v1/stats?{query}", b"", MINE)
        for query in (f"id={ID}", f"ids={ID}", f"id={ID}&ids=000000000", "prefix=hi")
    ] + [
        await ask(counted, "POST", "/tilde/v1/stats/delete", orjson.dumps(body), [*MINE, *JSON])
        for body in ({"id": ID}, {"ids": ID}, {"id": [ID]}, {"ids": [ID]})
    ]

    assert [(reply.status, orjson.loads(reply.body)["deleted"]) for reply in replies] == [(200, [ID])] * 8


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[]", "the body must be a JSON object"),
        (b"no json", "the body must be JSON (Content-Type: application/json)"),
        (b'{"ids": 3}', "ids must be a list"),
        (b"{}", "say either which `ids`"),
    ],
)
async def test_what_names_no_stats_is_told_where_it_is_wrong(app: EdgeApp, body: bytes, said: str) -> None:
    """In a sentence that has a subject."""
    reply = await ask(app, "POST", "/tilde/v1/stats/delete", body, [*MINE, *JSON])

    assert reply.status == 422
    assert orjson.loads(reply.body)["detail"].startswith(said)


@pytest.mark.parametrize("method", ["PUT", "OPTIONS"])
async def test_a_path_of_any_length_has_methods(app: EdgeApp, method: str) -> None:
    """Percent-encoded it is longer than an HTTP client takes."""
    reply = await ask(app, method, "/x/" + "<" * 30_000 + "/stats/abc", b"", PREFLIGHT)

    assert reply.status < 500


@pytest.mark.parametrize("key", ["\\u0000", "a\\u0000b", "\\u200b", " "])
async def test_a_key_that_no_client_sends_is_refused(app: EdgeApp, key: str) -> None:
    body = f'{{"name":"odd","keys":{{"ezkey":"{key}"}}}}'.encode()
    reply = await ask(app, "POST", "/tilde/v1/accounts", body, OPERATORS)

    assert reply.status == 422
    assert b"the ezkey is nothing but blanks, or has a NUL in it" in reply.body


@pytest.mark.parametrize(
    ("email", "keys", "told"),
    [
        ("shop", {}, "the email: it is no address that mail can be sent to"),
        ("a@", {}, "no address"),
        ("a b@example.com", {}, "no address"),
        ("jo@example..com", {}, "no address"),
        ("a\u200b@example.com", {}, "a character in it that nobody sees"),
        (None, {"ezkey": "a\u200bb"}, "a character in it that nobody sees"),
        (None, {"token": "."}, "a token stands in paths"),
        (None, {"token": ".."}, "a token stands in paths"),
        (None, {"token": "a//b"}, "a token stands in paths"),
        (None, {"token": "a/../b"}, "a token stands in paths"),
        (None, {"token": "a/"}, "a token stands in paths"),
        (None, {"token": "/a"}, "a token stands in paths"),
        (None, {"token": " a"}, "no blank at its ends"),
    ],
)
async def test_what_no_client_could_send_is_no_key(
    app: EdgeApp, email: str | None, keys: dict[str, str], told: str
) -> None:
    """`/x/../statlist` is `/statlist` before it is sent, and `/x/a//statlist` is `/x/a/statlist`."""
    body = orjson.dumps({"name": "odd", "email": email, "keys": keys})
    reply = await ask(app, "POST", "/tilde/v1/accounts", body, OPERATORS)

    assert reply.status == 422
    assert told in orjson.loads(reply.body)["detail"]


async def test_a_token_may_have_single_slashes_within(app: EdgeApp) -> None:
    """As that of a known client's tests has."""
    body = orjson.dumps({"name": "odd", "keys": {"token": "to/k.en/x"}})

    assert (await ask(app, "POST", "/tilde/v1/accounts", body, OPERATORS)).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"ids": ["a"]}',
        '{"ids": ["a"]}'.encode("utf-16"),
        '{"ids"'.encode("utf-16-le"),
        b'{"ids": ["\xe4"]}',
    ],
    ids=["byte order mark", "UTF-16", "UTF-16 without a mark", "Windows-1252"],
)
@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/tilde/v1/accounts", OPERATORS),
        ("/tilde/v1/accounts/main/stats/delete", OPERATORS),
        ("/tilde/v1/accounts/main/stats/find", OPERATORS),
        ("/tilde/v1/sql", OPERATORS),
        ("/tilde/v1/stats/delete", MINE),
        ("/tilde/v1/stats/find", MINE),
    ],
)
async def test_a_body_that_is_no_json_text_is_refused_in_one_way(
    app: EdgeApp, path: str, who: list[tuple[bytes, bytes]], body: bytes
) -> None:
    """By the edge and by the query API, whose libraries take different things for JSON."""
    reply = await ask(app, "POST", path, body, who)

    assert reply.status == 422
    assert orjson.loads(reply.body) == {"detail": "the body must be JSON in UTF-8, without a byte order mark"}


async def test_what_is_no_json_is_so_as_a_whole(app: EdgeApp) -> None:
    """Not `body.10`, which is where a parser stopped."""
    reply = await ask(app, "POST", "/tilde/v1/accounts", b'{"name": "x', OPERATORS)

    assert reply.status == 422
    assert orjson.loads(reply.body)["detail"].startswith("the body must be JSON")


async def test_a_stat_that_can_only_be_deleted_says_so(app: EdgeApp) -> None:
    """StatHat's own path of a stat; `stat?name=` reads one."""
    reply = await ask(app, "GET", f"/x/{EDGES_TOKEN}/stats/{ID}")

    assert (reply.status, dict(reply.headers)[b"allow"]) == (405, b"DELETE")
