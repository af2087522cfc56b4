"""Kissmetrics' signed batches, and what its apps ask when they start."""

import base64
import hmac
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from producers.kissmetrics import batches, routes
from producers.kissmetrics.reasons import Reason
from producers.kissmetrics.signing import is_signed, signature
from producers.web.bounded_bodies import BodyError, BodyFault
from testkit.activity import GUID, KEY, PRODUCT, SECRET, ActivityEdge, an_activity_edge
from testkit.asking import Reply, ask
from testkit.builders import NOON_MS

PATH = f"/v1/products/{GUID}/tracking/e"
OLD_HOST = "http://api.kissmetrics.com"
OF_THE_CLIENT = "L5JAfOuh62iWmHCZMa2iT03L4doPGMM4kSOhoJNNIoM%3D"
"""What the client's own test expects for this path, host and secret."""
T = 1364563642


@pytest.fixture
async def edge(tmp_path) -> ActivityEdge:
    return await an_activity_edge(tmp_path)


async def post(edge: ActivityEdge, body: Any, query: str = f"_signature={OF_THE_CLIENT}", path: str = PATH) -> Reply:
    content = body if isinstance(body, bytes | list) else orjson.dumps(body)
    headers = [(b"x-km-apikey", b"fakeApiKey"), (b"host", b"tilde.example:8000")]
    return await ask(edge.app, "POST", f"{path}?{query}" if query else path, content, headers)


def signed(host: str, secret: str = SECRET, path: str = PATH) -> str:
    """By another hand than ours."""
    digest = hmac.new(secret.encode(), f"POST&{quote(host + path, safe='')}".encode(), sha256).digest()
    return f"_signature={quote(base64.b64encode(digest).decode(), safe='')}"


def test_a_signature_is_that_of_the_signers_own_readme() -> None:
    """Method, URL and the sorted query, each percent-encoded."""
    query = {"select": "id,name", "page": "5", "per_page": "25", "order": "name:desc"}
    url = "https://api.example.com/core/people.json"

    assert signature("GET", url, query, "my_secret") == "1AaJvChjz+ZYJKxWsUQWNK1a+eGjpCs6uwQKwPw1/V8="
    fields = query | {"_signature": "1AaJvChjz+ZYJKxWsUQWNK1a eGjpCs6uwQKwPw1/V8="}
    assert is_signed("GET", ["https://api.example.com"], "/core/people.json", fields, "my_secret")
    assert not is_signed("POST", ["https://api.example.com"], "/core/people.json", fields, "my_secret")
    assert not is_signed("GET", ["https://api.example.com"], "/core/people.json", fields | {"page": "6"}, "my_secret")
    assert not is_signed("GET", ["https://api.example.com"], "/core/people.json", query, "my_secret")


async def test_a_batch_of_the_real_client_counts(edge) -> None:
    """Its host is the old one, which it reaches under another name by now: events, aliases and properties."""
    data = [
        {"identity": "bob", "timestamp": T, "event": "Signed Up", "Plan": "Gold", "Amount": 99.95, "Trial": True},
        {"identity": "bob", "timestamp": T + 1, "alias": "rob"},
        {"identity": "bob", "timestamp": str(T + 2), "gender": "male", "none": None, "card": 4111111111111111},
        {"identity": "bob", "event": "now"},
    ]
    answer = await post(edge, {"data": data})
    records = edge.records()

    assert (answer.status, orjson.loads(answer.body)) == (200, {"status": 200, "taken": 4})
    assert [(each["act"], each["name"], each["at"]) for each in records] == [
        ("event", "signed up", T),
        ("alias", None, T + 1),
        ("set", None, T + 2),
        ("event", "now", NOON_MS // 1000),
    ]
    assert {each["product"] for each in records} == {PRODUCT}
    assert [(each["name"], each["number"]) for each in records[0]["properties"]] == [
        ("plan", None),
        ("amount", 99.95),
        ("trial", None),
    ]
    assert edge.opened(records[0]) == ("bob", {"texts": ["Gold", "true"]})
    assert edge.opened(records[2])[1] == {"texts": ["male", "4111111111111111"]}
    assert edge.intake.tally.taken == 4


@pytest.mark.parametrize(
    "host", [OLD_HOST, "https://api.kissmetrics.com", "https://stats.example", "http://tilde.example:8000"]
)
async def test_the_url_that_was_signed_has_any_of_these_hosts(edge, host) -> None:
    """The old one, TILDE_PUBLIC_URL's, the request's own. The array may stand alone."""
    answer = await post(edge, b'[{"identity":"bob","event":"x"}]', signed(host))

    assert answer.status == 200
    assert len(edge.records()) == 1


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("", PATH),
        ("_signature=", PATH),
        (f"_signature={OF_THE_CLIENT}&page=1", PATH),
        (signed("http://evil.example"), PATH),
        (signed(OLD_HOST, "wrong"), PATH),
        (signed(OLD_HOST, path="/v1/products/nobody/tracking/e"), "/v1/products/nobody/tracking/e"),
        ("_signature=%C3%A9", PATH),
    ],
)
async def test_what_is_not_signed_is_refused(edge, query, path) -> None:
    """And a product that is not there is told in the same words."""
    answer = await post(edge, {"data": [{"identity": "bob", "event": "x"}]}, query, path)

    assert answer.status == 401
    assert orjson.loads(answer.body)["error"] == "Unauthorized"
    assert edge.records() == []
    assert edge.intake.tally.refused == {Reason.BAD_SIGNATURE: 1}


async def test_a_bad_item_is_left_out_and_named(edge) -> None:
    """The others count; each is counted by its reason."""
    items = [
        {"identity": "bob", "event": "good"},
        {"event": "nobody's"},
        {"identity": "bob", "event": "x", "timestamp": 1364563642000},
        {"identity": "bob", "event": "x", "more": {"a": 1}},
        "no object",
        {"identity": "bob"},
        {"identity": "bob", "event": "x", "timestamp": T + 0.5},
    ]
    answer = await post(edge, {"data": items})

    assert orjson.loads(answer.body) == {
        "status": 200,
        "taken": 1,
        "errors": [
            {"index": 1, "message": "no_person"},
            {"index": 2, "message": "bad_t"},
            {"index": 3, "message": "bad_item"},
            {"index": 4, "message": "bad_item"},
            {"index": 5, "message": "nothing_said"},
            {"index": 6, "message": "bad_t"},
        ],
    }
    assert edge.intake.tally.refused_of[PRODUCT, Reason.BAD_ITEM] == 2
    assert edge.intake.tally.taken == 1


async def test_a_batch_of_a_thousand_items_is_taken(edge) -> None:
    """So many are promised; one more is refused."""
    answer = await post(edge, [b"[", b",".join([b'{"identity":"bob","event":"x"}'] * 1_000), b"]"])

    assert orjson.loads(answer.body) == {"status": 200, "taken": 1_000}


GOOD = b'{"identity":"bob","event":"good","timestamp":%d,"amount":5,"phone":15551234567,"trial":false}' % T


@pytest.mark.parametrize(
    "item",
    [
        *(
            b'{"identity":"bob","event":"x","a":%b}' % half
            for half in (rb'"a\ud800"', rb'"\udc00b"', rb'"\ude00\ud83d"')
        ),
        rb'{"identity":"bob","event":"x\ud800"}',
        rb'{"identity":"bob","event":"x","a\ud800":"b"}',
        rb'{"identity":"bob","event":"x","_a\ud800":"b"}',
        rb'{"identity":"bob","event":"x","_a":"b\ud800"}',
        rb'{"identity":"bob\ud800","event":"x"}',
        rb'{"identity":"bob","alias":"rob\ud800"}',
        *(b'{"identity":"bob","event":"x","a":%b}' % no for no in (b"NaN", b"-Infinity", b"1e999", b"9" * 400, b"1,5")),
        b'{"identity":"bob","event":NaN}',
        b'{"identity":Infinity,"event":"x"}',
        b'{"identity":"bob",,"event":"x"}',
    ],
)
async def test_what_is_no_text_or_no_number_spoils_its_item_alone(edge, item) -> None:
    """Half a surrogate pair, and what is no finite number: the others are what they are without it, whole seconds, long
    numbers that may be a telephone's, and no that is a value.
    """
    answer = await post(edge, b'{"data":[%b,%b,%b]}' % (GOOD, item, GOOD))
    records = edge.records()

    assert (answer.status, orjson.loads(answer.body)) == (
        200,
        {"status": 200, "taken": 2, "errors": [{"index": 1, "message": "bad_item"}]},
    )
    assert [(each["name"], each["at"]) for each in records] == [("good", T), ("good", T)]
    assert edge.opened(records[0]) == ("bob", {"texts": ["15551234567", "false"]})


@pytest.mark.parametrize("second", [T, float(T), str(T), f"{T}.0", f" {T}.00 ", f"{T / 1e9:.9f}e9", T + 0.5, f"{T}.5"])
async def test_a_second_counts_in_a_batch_as_in_a_query(edge, second) -> None:
    """A whole one, however it is written; nothing with a fraction."""
    await post(edge, {"data": [{"identity": "bob", "event": "x", "timestamp": second}]})
    await ask(edge.app, "GET", f"/e?_k={KEY}&_p=bob&_n=x&_d=1&_t={quote(str(second))}")
    is_one = str(second).strip().rstrip("0").rstrip(".") == str(T)

    assert [each["at"] for each in edge.records()] == ([T, T] if is_one else [])


async def test_a_whole_emoji_is_a_text(edge) -> None:
    """Both halves, in whichever spelling."""
    await post(edge, rb'[{"identity":"bob","event":"x","a":"\ud83d\ude00"},{"identity":"bob","event":NaN}]')

    assert edge.opened(edge.records()[0])[1] == {"texts": ["\U0001f600"]}


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"", 400, Reason.BAD_JSON),
        (b"data=1", 400, Reason.BAD_JSON),
        (b'{"data": {}}', 400, Reason.BAD_JSON),
        (b'{"items": []}', 400, Reason.BAD_JSON),
        (b'{"data": [' + b"1," * 1_000 + b"1]}", 400, Reason.TOO_MANY_ITEMS),
        ([b"[", b" " * batches.BODY_BYTES_MAX], 413, Reason.BODY_TOO_LONG),
        ([b"[", None], 400, Reason.BODY_CUT_OFF),
    ],
)
async def test_a_bad_envelope_is_refused_as_a_whole(edge, body, status, reason) -> None:
    """Nothing of it counts."""
    answer = await post(edge, body)

    assert answer.status == status
    assert edge.intake.tally.refused == {reason: 1}
    assert edge.records() == []


@pytest.mark.parametrize(
    ("text", "is_read"), [("é", True), ("éé", True), ("日é", True), ("éééé", False), ("日日日", False)]
)
async def test_a_body_whose_length_counts_characters_is_read(edge, text, is_read) -> None:
    """The client does, so a name beyond ASCII costs the last bytes: as long as they are brackets, it is known which."""
    whole = orjson.dumps({"data": [{"identity": "bob", "event": text}]})
    answer = await post(edge, whole[: len(whole.decode())])

    assert (answer.status, [each["name"] for each in edge.records()]) == ((200, [text]) if is_read else (400, []))


async def test_a_batch_that_cannot_be_kept_is_503(edge, monkeypatch) -> None:
    """And comes again."""
    edge.writer.is_full = True
    full = await post(edge, {"data": [{"identity": "bob", "event": "x"}]})
    edge.clock.advance(-edge.clock.now_ms())
    wrong = await post(edge, {"data": [{"identity": "bob", "event": "x"}]})

    async def no_room(*_):
        raise BodyError(BodyFault.NO_ROOM)

    monkeypatch.setattr(routes, "bounded_body", no_room)
    no = await post(edge, {"data": []})

    assert [each.status for each in (full, wrong, no)] == [503] * 3
    assert (b"retry-after", b"5") in full.headers
    assert edge.intake.tally.refused == {Reason.LOG_NOT_WRITABLE: 1, Reason.CLOCK_IS_WRONG: 1, Reason.NO_ROOM: 1}


async def test_an_app_is_told_where_to_send(edge) -> None:
    """For a day. It sends by https, to the host that it asked unless a public one is set."""
    answer = await ask(edge.app, "GET", f"/m/trk?product_key={KEY}&install_uuid=1", headers=[(b"host", b"et.example")])

    assert (answer.status, orjson.loads(answer.body)) == (
        200,
        {"reason": "", "tracking": True, "tracking_endpoint": "et.example"},
    )
    assert (b"expires", b"Fri, 02 Jan 2026 12:00:00 GMT") in answer.headers


@pytest.mark.parametrize("query", ["", "?product_key=", "?product_key=nobody", "?install_uuid=1"])
async def test_an_app_of_nobody_keeps_what_it_has(edge, query) -> None:
    """It takes any answer but 200 as a reason to ask again later."""
    answer = await ask(edge.app, "GET", f"/m/trk{query}")

    assert answer.status == 404
