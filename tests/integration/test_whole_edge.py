"""The edge with all its routes: what operators and StatHat's management calls get, and what goes on to the query API."""

import asyncio
import base64
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import httpx
import orjson
import pytest
from starlette.types import Receive, Scope, Send

from producers.edge.command_desk import CommandDesk, CommandRefusedError
from producers.stathat.reasons import Reason
from producers.stathat.replies import MESSAGES
from producers.web import json_mending, query_api
from producers.web.app import EdgeApp
from producers.web.large_json import APART_BYTES
from run.process import operator_client
from testkit.asking import JSON, Reply, ask
from testkit.stathat import EZKEY, OK
from testkit.whole_edge import AWAY, OPERATOR_TOKEN, TOKEN, the_whole_edge
from tilde.domain.catalog.entries import Action
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.stats.metrics import metric_id, short_id
from tilde.eventlog import LogError
from tilde.store.profiles import SQL_S, SQL_WAITING_S

STAT = short_id(metric_id(1, "counter", "signups"))
OPERATOR = [(b"authorization", b"Bearer " + OPERATOR_TOKEN.encode()), (b"content-type", b"application/json")]


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[EdgeApp]:
    async with the_whole_edge(tmp_path) as app:
        yield app


async def call(app: EdgeApp, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Status and JSON of an operator's call."""
    content = b"" if body is None else orjson.dumps(body)
    reply = await ask(app, method, f"/tilde/v1/accounts{path}", content, OPERATOR)
    return reply.status, orjson.loads(reply.body)


async def count(app: EdgeApp, ezkey: str = EZKEY) -> bytes:
    return (await ask(app, "GET", f"/ez?ezkey={ezkey}&stat=a&count=1")).body


def basic(user: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", b"Basic " + base64.b64encode(user + b":"))]


def told(reply: Reply) -> tuple[int, bytes]:
    return reply.status, reply.body


# StatHat's management calls.


async def test_a_stat_is_deleted_by_the_token_of_its_account(app: EdgeApp) -> None:
    """As StatHat answered: 200 and `stat deleted.`"""
    assert told(await ask(app, "DELETE", f"/x/{TOKEN}/stats/{STAT}")) == (200, b'{"msg":"stat deleted."}')


MARK = b"\xef\xbb\xbf"


async def test_a_token_with_a_byte_order_mark_is_known(app: EdgeApp) -> None:
    """As `$(cat FILE)` has it: in a path, as a Basic user, and as Bearer, whose header goes on to a query API that here
    has nothing.
    """
    bearer = [(b"authorization", b"Bearer " + MARK + TOKEN.encode())]
    operator = [(b"authorization", b"Bearer " + MARK + OPERATOR[0][1].removeprefix(b"Bearer ") + b"\xe2\x80\x8b")]

    assert (await ask(app, "DELETE", f"/x/%EF%BB%BF{TOKEN}%20/stats/{STAT}")).status == 200
    remark = f"id={STAT}&text=x".encode()
    assert (await ask(app, "POST", "/a1/comments", remark, basic(MARK + TOKEN.encode()))).status == 200
    assert (await ask(app, "GET", "/tilde/v1/accounts", b"", operator)).status == 200
    assert (await ask(app, "POST", "/tilde/v1/stats/find", b"{}", bearer)).status == 404


@pytest.mark.parametrize("token", ["nobodys", EZKEY, "%00", "%F0%9F%98%80"])
async def test_a_wrong_token_is_told_so(app: EdgeApp, token: str) -> None:
    """401, also for a key of another scope; `Reason.INVALID_TOKEN` is what it reads."""
    body = b'{"msg":"' + MESSAGES[Reason.INVALID_TOKEN].encode() + b'"}'

    assert body == b'{"msg":"invalid access token"}'
    assert told(await ask(app, "DELETE", f"/x/{token}/stats/{STAT}")) == (401, body)
    counted = (await ask(app, "GET", "/metrics")).body
    assert b'tilde_edge_refusals_total{dialect="stathat",reason="invalid_token"} 1.0\n' in counted


@pytest.mark.parametrize("stat", ["0", "zzzzzzzzz", "stat-name", "%C3%A9"])
async def test_what_is_no_id_of_a_stat_is_not_found(app: EdgeApp, stat: str) -> None:
    """404 with StatHat's words."""
    assert told(await ask(app, "DELETE", f"/x/{TOKEN}/stats/{stat}")) == (404, b'{"msg":"stat not found"}')


async def test_a_comment_is_kept(app: EdgeApp) -> None:
    """The official CLI posts it with the token as Basic user."""
    reply = await ask(app, "POST", "/a1/comments", f"id={STAT}&text=new+release".encode(), basic(TOKEN.encode()))

    assert told(reply) == (200, b'{"message":"comment saved."}')


@pytest.mark.parametrize(
    "authorization", [b"", b"Basic", b"Basic !!!", b"Basic \xe9", b"Basic //8=", b"Basic eA", b"Bearer TOKEN"]
)
async def test_an_authorization_that_is_none_is_a_wrong_token(app: EdgeApp, authorization: bytes) -> None:
    """Whatever bytes stand in the header."""
    reply = await ask(app, "POST", "/a1/comments", f"id={STAT}&text=x".encode(), [(b"authorization", authorization)])

    assert told(reply) == (401, b'{"msg":"invalid access token"}')


@pytest.mark.parametrize("text", ["+", "%E2%80%8B", "a%00b"])
async def test_a_comment_that_nobody_sees_or_with_nul_is_refused(app: EdgeApp, text: str) -> None:
    """And told why."""
    body = f"id={STAT}&text={text}".encode()
    reply = await ask(app, "POST", "/a1/comments", body, basic(TOKEN.encode()))

    assert (reply.status, b"is not blank" in reply.body) == (400, True)


@pytest.mark.parametrize("name", ["%E2%80%8B", "%E2%80%8B~", "%E3%85%A4"])
async def test_a_name_that_nobody_sees_is_no_name(app: EdgeApp, name: str) -> None:
    """A zero width space, a filler."""
    reply = await ask(app, "GET", f"/ez?ezkey={EZKEY}&stat={name}&count=1")

    assert reply.body == b'{"status":500,"msg":"no stat"}'


async def test_a_comment_without_text_or_too_long_is_refused(app: EdgeApp) -> None:
    """In the CLI's form."""
    for text in ("", "c" * 2_001):
        reply = await ask(app, "POST", "/a1/comments", f"id={STAT}&text={text}".encode(), basic(TOKEN.encode()))
        assert told(reply) == (
            400,
            b'{"message":"a comment has 1 to 2,000 characters, is not blank, and has no NUL in it"}',
        )


async def test_a_stat_is_not_said_to_be_missing_while_the_api_is_away(tmp_path: Path) -> None:
    """503: nobody knows."""
    async with the_whole_edge(tmp_path, AWAY) as app:
        reply = await ask(app, "DELETE", f"/x/{TOKEN}/stats/{STAT}")

    assert told(reply) == (503, b'{"msg":"the query API is not running; try again soon"}')


async def test_a_token_may_hold_a_slash(app: EdgeApp) -> None:
    """Clients send it as %2F."""
    await call(app, "POST", "/main/keys", {"kind": "token", "key": "a/token/of/main"})

    reply = await ask(app, "DELETE", f"/x/a%2Ftoken%2Fof%2Fmain/stats/{STAT}")

    assert told(reply) == (200, b'{"msg":"stat deleted."}')


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (LogError("the log is full"), (503, b'{"msg":"the log is full"}')),
        (TimeoutError(), (504, b'{"msg":"TimeoutError"}')),
        (CommandRefusedError(Refusal.UNKNOWN_PRODUCT), (409, b'{"msg":"no such product"}')),
    ],
)
async def test_what_a_command_raises_is_told_in_stathats_form(
    app: EdgeApp, error: Exception, answer: tuple[int, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In `msg`, where its clients look."""

    async def ask_in_vain(self: CommandDesk, action: Action) -> None:
        raise error

    monkeypatch.setattr(CommandDesk, "ask", ask_in_vain)

    assert told(await ask(app, "DELETE", f"/x/{TOKEN}/stats/{STAT}")) == answer


# The operator's API.


async def test_without_the_operators_token_nothing_is_told(app: EdgeApp) -> None:
    """Nor with an account's."""
    for authorization in (b"", b"Bearer", b"Bearer x", b"Bearer " + TOKEN.encode(), b"Bearer \xff", b"Basic x"):
        for method, path in (("GET", ""), ("POST", ""), ("GET", "/main"), ("DELETE", "/main/keys/ezkey")):
            headers = [(b"authorization", authorization)] if authorization else []
            reply = await ask(app, method, f"/tilde/v1/accounts{path}", b"", headers)
            assert reply.status == 401
            assert EZKEY.encode() not in reply.body


async def test_an_account_is_usable_as_soon_as_it_is_answered(app: EdgeApp) -> None:
    """Its keys open, its e-mail too; the token is shown this once, and later whether there is one."""
    status, shop = await call(app, "POST", "", {"name": "shop", "email": "a+b@c.example", "keys": {"ukey": "short"}})

    assert status == 200
    assert shop["warnings"] == ["the ukey has fewer than 16 characters: it can be guessed"]
    assert await count(app, shop["ezkey"]) == await count(app, "a+b@c.example") == OK
    status, shown = await call(app, "GET", "/shop")
    assert (status, shown["ezkey"], shown["token"], shown["has_token"]) == (200, shop["ezkey"], None, True)
    await call(app, "DELETE", "/shop/keys/token")
    assert (await call(app, "GET", "/shop"))[1]["has_token"] is False
    status, accounts = await call(app, "GET", "")
    assert [account["name"] for account in accounts] == ["main", "shop"]


async def test_a_switch_is_in_force_as_soon_as_it_is_answered(app: EdgeApp) -> None:
    """The next request of the same client sees it."""
    assert (await call(app, "PATCH", "/main", {"ez": False}))[0] == 200
    assert await count(app) == b'{"status":500,"msg":"ez api is off"}'
    assert (await call(app, "PATCH", "/main", {"ez": True}))[0] == 200
    assert await count(app) == OK


async def test_a_rotated_key_ends_at_once_and_the_new_one_begins(app: EdgeApp) -> None:
    """So does one that is revoked."""
    _, rotated = await call(app, "POST", "/main/keys", {"kind": "ezkey"})
    assert await count(app) == b'{"status":500,"msg":"invalid ezkey"}'
    assert await count(app, rotated["ezkey"]) == OK

    await call(app, "DELETE", "/main/keys/ezkey")
    assert await count(app, rotated["ezkey"]) == b'{"status":500,"msg":"invalid ezkey"}'


@pytest.mark.parametrize(
    ("progress", "status"),
    [
        ({"passed": {"stats": [100_000, 7]}, "next": {"stats": [100_000, 7]}}, 200),
        ({"passed": {"stats": [100_000, 7]}, "next": {"stats": [50_000, 7]}}, 409),
        ({"passed": {"stats": [7]}, "next": None}, 409),
    ],
    ids=["caught up", "behind", "none is built"],
)
async def test_the_reads_move_only_to_a_generation_that_has_caught_up(
    tmp_path: Path, progress: dict[str, object], status: int
) -> None:
    """Else reports would go back in time."""
    api = httpx.MockTransport(lambda _: httpx.Response(200, json=progress))
    async with the_whole_edge(tmp_path, api) as app:
        headers = [(b"authorization", b"Bearer " + OPERATOR_TOKEN.encode())]
        assert (await ask(app, "POST", "/tilde/v1/generations/2/activate", b"", headers)).status == status


async def test_an_empty_key_is_no_wish_to_have_one_made(app: EdgeApp) -> None:
    """It is a variable that was not set: a new key in its place would shut every client out."""
    answers = [
        await call(app, "POST", "/main/keys", {"kind": "ezkey", "key": ""}),
        await call(app, "POST", "", {"name": "new", "keys": {"ezkey": ""}}),
    ]

    assert [status for status, _ in answers] == [422, 422]
    assert answers[0][1] == {"detail": "body.key must be some text: it is empty"}
    assert await count(app) == OK


@pytest.mark.parametrize(
    "token", ["tökén-1234567890123", " begins-with-a-space", "ends-with-a-space ", "a\ttab-12345678901"]
)
async def test_a_token_is_one_that_a_header_can_have(app: EdgeApp, token: str) -> None:
    """Its calls would fail in a dozen places; an ezkey is a parameter, and may be anything."""
    status, told = await call(app, "POST", "/main/keys", {"kind": "token", "key": token})

    assert (status, told["detail"][:27]) == (422, "a token goes in a header: i")
    assert (await call(app, "POST", "/main/keys", {"kind": "ezkey", "key": token}))[0] == 200


@pytest.mark.parametrize("kind", ["ezkey", "ukey"])
async def test_a_key_that_is_given_is_kept_without_blanks(app: EdgeApp, kind: str) -> None:
    """It came from a file or a form; clients may send it with or without them."""
    status, made = await call(app, "POST", "/main/keys", {"kind": kind, "key": " a-key-of-20-letters\r\n"})

    assert (status, made[kind]) == (200, "a-key-of-20-letters")
    assert (await call(app, "POST", "/main/keys", {"kind": kind, "key": " \r\n"}))[0] == 422
    if kind == "ezkey":
        sent = ("a-key-of-20-letters", "a-key-of-20-letters%0D%0A", "%20a-key-of-20-letters")
        assert [await count(app, ezkey) for ezkey in sent] == [OK] * 3


@pytest.mark.parametrize("body", [b"[" * 5_000, b'{"name":"a","keys":' + b'{"a":' * 5_000])
async def test_json_that_is_too_deep_is_told_in_words_of_ours(app: EdgeApp, body: bytes) -> None:
    """A body that no parser takes to its end."""
    reply = await ask(app, "POST", "/tilde/v1/accounts", body, OPERATOR)

    assert told(reply) == (422, b'{"detail":"the body must be JSON with fewer brackets in brackets"}')


async def test_keys_and_names_have_an_end(app: EdgeApp) -> None:
    """Every process keeps them."""
    long = {"name": "new", "keys": {"ezkey": "k" * 257}, "domain": "d" * 254, "email": "e" * 255}
    status, told = await call(app, "POST", "", long)

    assert status == 422
    assert told["detail"].count("must be at most") == 3


async def test_an_ezkey_is_not_another_accounts_email_address(app: EdgeApp) -> None:
    """It works as an ezkey too: posts would go to either account, by how the address is spelled."""
    taken = (409, {"detail": "another account has that key"})
    await call(app, "POST", "", {"name": "one", "email": "A@b.example"})

    assert await call(app, "POST", "", {"name": "two", "keys": {"ezkey": "a@b.example"}}) == taken
    assert await call(app, "POST", "/main/keys", {"kind": "ezkey", "key": "a@b.example"}) == taken
    assert (await call(app, "POST", "/one/keys", {"kind": "ezkey", "key": "a@b.example"}))[0] == 200
    assert (await call(app, "POST", "", {"name": "two", "keys": {"ezkey": "c@d.example"}}))[0] == 200
    assert await call(app, "POST", "/one/keys", {"kind": "email", "key": "c@d.example"}) == taken


@pytest.mark.parametrize(
    ("ezkey", "email"),
    [("a@b.example", "A@b.example"), ("A@B.example", "a@b.example"), (" a b@c.example ", "a+b@c.example")],
)
async def test_of_an_ezkey_and_an_address_that_read_alike_one_is_given_however_many_ask_at_once(
    app: EdgeApp, ezkey: str, email: str
) -> None:
    """Who is first is decided where commands are ordered: no look at a copy of the catalog could say."""
    rivals = [{"keys": {"ezkey": ezkey}}, {"email": email}] * 5
    asked = [call(app, "POST", "", {"name": f"rival {number}", **rival}) for number, rival in enumerate(rivals)]
    asked += [call(app, "POST", "/main/keys", {"kind": "ezkey", "key": ezkey})]
    asked += [call(app, "POST", "/main/keys", {"kind": "email", "key": email})]

    statuses = [status for status, _ in await asyncio.gather(*asked)]

    # The keys of `main` may both be its own.
    assert statuses.count(200) == 1 or (statuses[-2:] == [200, 200] and statuses.count(200) == 2)
    assert statuses.count(409) == len(statuses) - statuses.count(200)
    accounts = (await call(app, "GET", ""))[1]
    holders = {one["name"] for one in accounts if one["ezkey"] == ezkey.strip() or one["email"] == email}
    assert len(holders) == 1


async def test_an_address_is_free_again_when_the_ezkey_that_read_like_it_is_gone(app: EdgeApp) -> None:
    """Taken away, or another one put in its place."""
    await call(app, "POST", "", {"name": "one", "keys": {"ezkey": "A@b.example"}})
    two = {"name": "two", "email": "a@B.example"}

    assert (await call(app, "POST", "", two))[0] == 409
    await call(app, "POST", "/one/keys", {"kind": "ezkey", "key": "no address"})
    assert (await call(app, "POST", "", two))[0] == 200


async def test_a_refusal_of_a_newer_release_is_told_by_its_name(app: EdgeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """409: this edge knows no words for it, but that nothing was changed."""

    async def refuse(self: CommandDesk, action: Action) -> None:
        raise CommandRefusedError("TOO_MANY_STARS")

    monkeypatch.setattr(CommandDesk, "ask", refuse)

    assert await call(app, "PATCH", "/main", {"ez": False}) == (409, {"detail": "TOO_MANY_STARS"})


async def test_only_a_stat_that_is_there_is_deleted(app: EdgeApp) -> None:
    """An id of another account's, or of none, is told, as StatHat's call tells it."""
    assert await call(app, "DELETE", f"/main/stats/{STAT}") == (200, {"id": STAT, "deleted": True})
    await call(app, "POST", "", {"name": "other"})

    assert await call(app, "DELETE", f"/other/stats/{STAT}") == (404, {"detail": f"no stat has the id '{STAT}'"})


async def test_a_short_key_is_warned_of_where_somebody_chose_it(app: EdgeApp) -> None:
    """As when an account is created; not of one that was made, nor of an e-mail address."""
    _, chosen = await call(app, "POST", "/main/keys", {"kind": "ukey", "key": "short"})
    _, made = await call(app, "POST", "/main/keys", {"kind": "ukey"})
    _, email = await call(app, "POST", "/main/keys", {"kind": "email", "key": "a@b.example"})

    assert chosen["warnings"] == ["the ukey has fewer than 16 characters: it can be guessed"]
    assert "warnings" not in made | email


async def test_a_stat_deleted_twice_is_back_once_restored(app: EdgeApp) -> None:
    """The answer says so; a second restoring finds nothing in the trash."""
    for _ in range(2):
        assert (await call(app, "DELETE", f"/main/stats/{STAT}"))[0] == 200

    assert await call(app, "POST", f"/main/stats/{STAT}/restore") == (200, {"id": STAT, "deleted": False})
    assert (await call(app, "POST", f"/main/stats/{STAT}/restore"))[0] == 409


async def test_a_stat_that_is_made_is_called_as_one_that_is_posted_to(app: EdgeApp) -> None:
    """What is copied along at the ends of a name makes no second one here either."""
    status, stat = await call(app, "POST", "/main/stats", {"name": "\ufeffsignups \u200b", "kind": "counter"})

    assert (status, stat["name"], stat["id"]) == (200, "signups", STAT)


async def test_a_created_stat_has_a_key_that_counts(app: EdgeApp) -> None:
    """Before its first post; its id is the one that posts by name give it."""
    _, rotated = await call(app, "POST", "/main/keys", {"kind": "ukey"})

    status, stat = await call(app, "POST", "/main/stats", {"name": "signups", "kind": "counter"})

    assert (status, stat["id"], stat["kind"]) == (200, STAT, "counter")
    reply = await ask(app, "GET", f"/c?key={stat['key']}&ukey={rotated['ukey']}")
    assert reply.body == OK


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "detail"),
    [
        ("POST", "", {"name": "main"}, 409, "an account of that name exists"),
        ("POST", "", {"name": ""}, 409, "an account name has 1 to 64 printable characters"),
        ("POST", "", {}, 422, "body.name is missing"),
        ("POST", "", {"name": "a", "nonsense": 1}, 422, "body.nonsense is not known"),
        ("POST", "", {"name": 5}, 422, "body.name must be a text"),
        ("PATCH", "/main", {"ez": "perhaps"}, 422, "body.ez must be true or false"),
        ("POST", "/main/stats", {"name": "a", "kind": "sum"}, 422, "body.kind must be 'counter' or 'value'"),
        ("GET", "/nobody", None, 404, "no account is named 'nobody'"),
        ("PATCH", "/nobody", {"ez": True}, 404, "no account is named 'nobody'"),
        ("POST", "", {"name": "a", "keys": {"email": "a@b.c"}}, 422, "an e-mail address is not one of the `keys`"),
        ("POST", "/main/keys", {"kind": "ezkey", "key": EZKEY}, 409, "the account has that key already"),
        ("POST", "/main/keys", {"kind": "email"}, 422, "an e-mail address is not made: give one"),
        ("DELETE", "/main/keys/sitekey", None, 409, "the account has no key of that kind"),
        ("POST", "/main/stats", {"name": "a~b", "kind": "counter"}, 409, "a stat name has 1 to 255 characters"),
        ("DELETE", "/main/stats/nonsense", None, 404, "no stat has the id 'nonsense'"),
        ("POST", "/main/stats/000000000/restore", None, 409, "the stat is not in the trash"),
    ],
)
async def test_what_cannot_be_done_is_told_in_plain_words(
    app: EdgeApp, method: str, path: str, body: object, status: int, detail: str
) -> None:
    """In `detail`, which the command line prints."""
    code, answer = await call(app, method, path, body)

    assert code == status
    assert detail in answer["detail"]


@pytest.mark.parametrize("body", [b"\x84\xb4", b'{"name":"\\ud800"}', b'{"\\ud800":1}', b"[" * 60_000, b'"s3cret"'])
async def test_a_body_that_is_no_call_is_told_what_is_wrong_but_not_repeated(app: EdgeApp, body: bytes) -> None:
    """It may hold a key, or be no text at all."""
    for content_type in (b"application/json", b"\xff"):
        headers = [OPERATOR[0], (b"content-type", content_type)]
        reply = await ask(app, "POST", "/tilde/v1/accounts", body, headers)

        assert reply.status in (400, 422)
        assert b"detail" in reply.body
        assert b"s3cret" not in reply.body


@pytest.mark.parametrize(
    ("method", "path", "told_as"),
    [
        ("POST", "/a1/comments", b'{"msg":"a request of this kind has at most 64 KiB"}'),
        ("POST", "/tilde/v1/accounts", b'{"detail":"a request of this kind has at most 256 KiB"}'),
        ("POST", "/tilde/v1/sql", b'{"detail":"a request of this kind has at most 1 MiB"}'),
        ("PUT", "/anything/else", b'{"detail":"a request of this kind has at most 1 MiB"}'),
        ("POST", "/subjects/points-value", b'{"detail":"a request of this kind has at most 1 MiB"}'),
    ],
)
async def test_no_route_takes_a_body_without_an_end(app: EdgeApp, method: str, path: str, told_as: bytes) -> None:
    """413 once it is over the limit of its route, in the form of its dialect; at once where the head announces it."""
    chunks = [b"x" * (1 << 20)] * 10_000
    headers = basic(TOKEN.encode()) if path == "/a1/comments" else OPERATOR
    announced = [*headers, (b"content-length", b"%d" % (100 << 20))]

    assert told(await ask(app, method, path, chunks, headers)) == (413, told_as)
    assert told(await ask(app, method, path, [None], announced)) == (413, told_as)


async def test_a_client_that_leaves_in_the_middle_of_a_body_is_no_error(app: EdgeApp) -> None:
    """It happens every minute, and is not worth a line of the log."""
    for path in ("/a1/comments", "/tilde/v1/accounts", "/anything/else"):
        headers = basic(TOKEN.encode()) if path == "/a1/comments" else OPERATOR
        reply = await ask(app, "POST", path, [b"half", None], headers)

        assert reply.status in (0, 400)


# What goes on to the query API.


class Echo:
    """Answers each request with what stood on the wire, and sets a cookie."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._answer, self.path)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    @staticmethod
    async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = [line for line in head.lower().splitlines() if line.startswith(b"content-length:")]
        body = head + (await reader.readexactly(int(length[0].split()[1])) if length else b"")
        writer.write(
            b"HTTP/1.1 418 Teapot\r\ncontent-length: %d\r\nset-cookie: session=of-the-first\r\nset-cookie: b=2\r\n"
            b"x-own: \xe9\r\nconnection: close\r\n\r\n" % len(body)
        )
        writer.write(body)
        writer.close()


async def test_a_request_is_passed_on_as_it_is_and_so_is_its_answer(tmp_path: Path) -> None:
    """Method, target, headers and body; what is added beside them is where he reached us."""
    async with (
        Echo(tmp_path / "api.sock") as echo,
        the_whole_edge(tmp_path, httpx.AsyncHTTPTransport(uds=str(echo.path))) as app,
    ):
        headers = [(b"accept", b"text/csv"), (b"x-b", b"\xe9"), (b"connection", b"x"), (b"host", b"www.stathat.com")]
        reply = await ask(app, "PUT", "/ways/T%2F%2Fx/data/a/b%00?q=%C3%A9&r=a+b&", b"body", headers)

    assert reply.status == 418
    assert reply.headers == [
        (b"content-length", b"%d" % len(reply.body)),
        (b"set-cookie", b"b=2"),
        (b"set-cookie", b"session=of-the-first"),
        (b"x-own", b"\xe9"),
    ]
    head, _, body = reply.body.partition(b"\r\n\r\n")
    first, *sent = head.split(b"\r\n")
    assert (first, body) == (b"PUT /ways/T%2F%2Fx/data/a/b%00?q=%C3%A9&r=a+b& HTTP/1.1", b"body")
    named = {line.split(b":")[0].lower(): line.split(b": ", 1)[1] for line in sent}
    added = {b"x-forwarded-proto", b"x-forwarded-host"}  # for answers with urls of ours in them
    assert named.keys() == {b"host", b"accept", b"x-b", b"content-length", *added}
    assert (named[b"accept"], named[b"x-b"]) == (b"text/csv", b"\xe9")


async def test_no_users_cookie_goes_with_anothers_request(tmp_path: Path) -> None:
    """The edge talks to the API for everybody through one client, which must remember nothing."""
    async with (
        Echo(tmp_path / "api.sock") as echo,
        the_whole_edge(tmp_path, httpx.AsyncHTTPTransport(uds=str(echo.path))) as app,
    ):
        await ask(app, "GET", "/login")
        second = await ask(app, "GET", "/page")
        own = await ask(app, "GET", "/page", b"", [(b"cookie", b"session=mine")])

    assert b"cookie" not in second.body.lower()
    assert b"cookie: session=mine" in own.body.lower()


@pytest.mark.parametrize(
    "target", ["/caf%E9?x=%FF", "/page?" + "q" * 60_000, "/%2Fx%2F", "/%00", "/page?[]{}|^`<>", "/\\"]
)
async def test_any_target_goes_on(tmp_path: Path, target: str) -> None:
    """As it is: a client library would refuse some of these, or change them."""
    async with (
        Echo(tmp_path / "api.sock") as echo,
        the_whole_edge(tmp_path, httpx.AsyncHTTPTransport(uds=str(echo.path))) as app,
    ):
        reply = await ask(app, "GET", target)

    assert reply.body.split(b" ")[1] == target.encode()


async def test_while_the_api_is_away_its_paths_say_so(tmp_path: Path) -> None:
    """503 with when to come back; the edge itself goes on."""
    async with the_whole_edge(tmp_path, AWAY) as app:
        reply = await ask(app, "GET", f"/x/{TOKEN}/statlist")
        health = await ask(app, "GET", "/health")

        assert told(reply) == (503, b'{"msg":"the query API is not running; try again soon"}')
        assert (b"retry-after", b"2") in reply.headers
        assert (health.status, orjson.loads(health.body)["status"]) == (503, "not ready")
        assert await count(app) == OK


class Proxy:
    """Something else where the API should be: it answers each request with a page."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": self.body})


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>log in</html>"), (502, b"<html>"), (200, b"[]"), (200, b"\xff")]
)
async def test_a_proxys_page_is_no_answer_of_the_api(tmp_path: Path, status: int, body: bytes) -> None:
    """Told as an API that is away, whoever asks; no bug of ours."""
    words = f"the query API answers {status}; try again soon"
    async with the_whole_edge(tmp_path, httpx.ASGITransport(Proxy(status, body))) as app:
        health = await ask(app, "GET", "/health")
        document = await ask(app, "GET", "/openapi.json")
        activated = await ask(app, "POST", "/tilde/v1/generations/2/activate", b"", OPERATOR)

    assert (health.status, orjson.loads(health.body)["pipeline"]) == (503, {"status": words})
    assert (document.status, "/ez" in orjson.loads(document.body)["paths"]) == (200, True)
    assert told(activated) == (503, orjson.dumps({"detail": words}))


async def test_a_generation_is_not_said_to_lag_while_the_api_is_away(tmp_path: Path) -> None:
    """503: nobody knows."""
    async with the_whole_edge(tmp_path, AWAY) as app:
        reply = await ask(app, "POST", "/tilde/v1/generations/2/activate", b"", OPERATOR)

    assert told(reply) == (503, b'{"detail":"the query API is not running; try again soon"}')


async def test_an_edge_that_ends_waits_for_no_batch_that_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that is left would keep the process until the child ends by itself, and its supervisor would kill it."""
    began = tmp_path / "began"
    monkeypatch.setattr(json_mending, "_RUN", ["sh", "-c", f"touch {began}; exec sleep 900"])
    before = set(threading.enumerate())
    async with the_whole_edge(tmp_path) as app:
        bad = b'{"ezkey":"%b","data":[{"stat":"a","count":NaN}]}' % EZKEY.encode() + b" " * APART_BYTES
        waiting = asyncio.create_task(ask(app, "POST", "/ez", bad, JSON))
        while not began.exists():
            await asyncio.sleep(0.01)
        assert any("json" in thread.name for thread in set(threading.enumerate()) - before)
    left = {thread for thread in set(threading.enumerate()) - before if "json" in thread.name}

    assert left == set()
    assert (await waiting).status == 503


def test_whoever_is_nearer_to_the_tables_gives_up_first() -> None:
    """Else the store's own words, why it gave up, would reach nobody."""
    assert SQL_WAITING_S + SQL_S < query_api.TIMEOUT_S < operator_client.TIMEOUT_S


async def test_a_script_is_a_sites_by_its_number_and_a_products_by_its_key(app: EdgeApp) -> None:
    """A key of nothing but digits is no number: no site has so many."""
    site, key = [await ask(app, "GET", f"/{digits}.js") for digits in ("5", "1" * 40)]

    assert (site.status, site.body[-19:]) == (200, b'"clicky"].init(5);\n')
    assert (key.status, orjson.loads(key.body)["message"]) == (403, "no product has this key")


@pytest.mark.parametrize("accept", [b"text/html,application/xhtml+xml,*/*;q=0.8", b"TEXT/HTML"])
async def test_a_browser_is_shown_the_way_to_the_documentation(tmp_path: Path, accept: bytes) -> None:
    async with the_whole_edge(tmp_path, AWAY) as app:
        page = await ask(app, "GET", "/", b"", [(b"accept", accept)])
    assert (page.status, b'<a href="docs">' in page.body) == (200, True)
    assert (b"content-type", b"text/html; charset=utf-8") in page.headers


@pytest.mark.parametrize("headers", [[], [(b"accept", b"*/*")], [(b"accept", b"application/json, text/plain")]])
async def test_a_tool_that_pings_gets_the_greeting(tmp_path: Path, headers: list[tuple[bytes, bytes]]) -> None:
    async with the_whole_edge(tmp_path, AWAY) as app:
        greeting = await ask(app, "GET", "/", b"", headers)
    assert told(greeting) == (200, b"tilde\n")
    assert (b"content-type", b"text/plain; charset=utf-8") in greeting.headers
