"""docs/compatibility.md as tests, every reply to the byte: StatHat 1-5 and 7-9, All dialects 7."""

from typing import NamedTuple
from urllib.parse import quote

import orjson
import pytest

from producers.stathat.posts import BATCH_ITEMS_MAX, BODY_BYTES_MAX, FORM_BYTES_MAX
from producers.stathat.reasons import Reason
from testkit.asking import FORM, JSON, Reply, ask
from testkit.builders import NOON_MS
from testkit.edges import KEYRING
from testkit.stathat import (
    COUNTER_KEY,
    EMAIL,
    EZKEY,
    OK,
    OTHER_UKEY,
    STAT,
    UKEY,
    VALUE_KEY,
    AnEdge,
    Posted,
    an_edge,
    batch,
    classic,
    ez,
    failure,
)
from tilde.domain.catalog.account_switches import AccountChanged
from tilde.domain.catalog.accounts import KeyRevoked, KeyStored
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.stats.fanout import FAN_OUT_MAX
from tilde.domain.stats.metrics import Kind, metric_id

MARKS = [
    *("NaN", "nan", "NAN", "-NaN", "+nan", "Infinity", "-Infinity", "+Infinity", "inf", "-inf", "undefined", "None"),
    *("1.#QNAN", "-1.#IND", "1.#INF", "NaN(0x1)", "+5", "007", ".5", "1.", "0x1F", "1_000", "True", "nil", "", " "),
    *(
        "1,5",
        "-0,25",
        "1,234,567",
        "1,234.5",
        "1,5 ",
        "1,5e+06",
        "1,5E-05",
        "1.234,5",
        "1 500",
        "1\xa0500",
        "1\u202f500",
    ),
    *("5 ms", "1, 5", "1,,5", "NaN,NaN", "- 5"),
]

COUNT_OF_ONE = [Posted("counter", "a", 1.0, None)]


class Refused(NamedTuple):
    """A form that has to be refused, and with which words."""

    form: str
    message: str
    reason: Reason


@pytest.fixture
async def edge() -> AnEdge:
    return await an_edge()


# The success that every client seen takes.


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("POST", "/ez", b"ezkey=EZKEY&stat=a&count=1"),
        ("GET", "/ez?ezkey=EZKEY&stat=a&count=1", b""),
        ("POST", "/ez?ezkey=EZKEY&stat=a&count=1", b""),
        ("POST", "/ez?ezkey=EZKEY", b"stat=a&count=1"),
        ("GET", "/ez", b"ezkey=EZKEY&stat=a&count=1"),
        ("POST", "/ez", b"&&count=1&stat=a&vb=1&ezkey=EZKEY&"),
        ("POST", "/ez", b"email=EZKEY&stat=a&count=1"),
    ],
)
async def test_a_post_that_counts_is_answered_200_with_25_bytes(
    edge: AnEdge, method: str, target: str, body: bytes
) -> None:
    """Query or body, GET or POST, any order: exactly {"status":200,"msg":"ok"}, as JSON, and it is in the log."""
    reply = await ask(edge.app, method, target, body, FORM)

    assert reply == Reply(
        200,
        [
            (b"access-control-allow-origin", b"*"),
            (b"cache-control", b"no-store"),
            (b"content-length", b"25"),
            (b"content-type", b"application/json"),
        ],
        OK,
    )
    assert edge.posted() == COUNT_OF_ONE


async def test_an_event_keeps_all_that_was_sent(edge: AnEdge) -> None:
    """Identity, metric, kind, the name as posted, the number, `t` and the time of receipt stand in the event."""
    await ez(edge, "stat=a~b,c&value=2.5&t=1363118126")

    (event,) = edge.records()
    assert event == {
        "id": (NOON_MS - 1_767_225_600_000) << 13 | 3 << 8,
        "product": 1,
        "metric": metric_id(1, "value", "a~b,c"),
        "kind": "value",
        "name": "a~b,c",
        "number": 2.5,
        "t": 1363118126,
        "received_at": NOON_MS,
    }


# StatHat 1: count and value.


@pytest.mark.parametrize("form", ["stat=a", "stat=a&count=&value=", "stat=a&t=5"])
async def test_neither_count_nor_value_is_an_error(edge: AnEdge, form: str) -> None:
    """C# clients drop zeros: counting 1 for them would lie."""
    reply = await ez(edge, form)

    assert (reply.status, reply.body) == (200, failure("no count or value"))
    assert edge.posted() == []


async def test_neither_count_nor_value_is_an_error_of_its_item(edge: AnEdge) -> None:
    """In a batch the rule holds for each item."""
    reply = await batch(edge, {"stat": "a", "count": 1}, {"stat": "b"}, {"stat": "c", "count": None})

    assert reply.body == (
        b'{"status":200,"msg":"ok","multiple":1,'
        b'"errors":[{"index":1,"msg":"no count or value"},{"index":2,"msg":"no count or value"}]}'
    )
    assert edge.posted() == COUNT_OF_ONE


async def test_both_count_and_value_count(edge: AnEdge) -> None:
    """Two numbers in one post are two events, of two stats."""
    reply = await ez(edge, "stat=a&count=2&value=0.5")

    assert reply.body == OK
    assert sorted(edge.posted()) == [Posted("counter", "a", 2.0, None), Posted("value", "a", 0.5, None)]
    assert edge.intake.tally.taken == 2
    assert {event["metric"] for event in edge.records()} == {metric_id(1, "counter", "a"), metric_id(1, "value", "a")}


async def test_a_post_with_one_bad_number_counts_nothing(edge: AnEdge) -> None:
    """A post is taken whole or not at all, even where its other number is good."""
    reply = await ez(edge, "stat=a&count=2&value=x")

    assert reply.body == failure("bad value")
    assert edge.posted() == []


async def test_a_zero_counts(edge: AnEdge) -> None:
    """Zero is a number, and leaves an event."""
    await ez(edge, "stat=a&count=0&value=0")

    assert sorted(edge.posted()) == [Posted("counter", "a", 0.0, None), Posted("value", "a", 0.0, None)]


# StatHat 2: the kind belongs to the identity.


@pytest.mark.parametrize(("call", "key"), [("c", VALUE_KEY), ("v", COUNTER_KEY)])
async def test_a_classic_post_with_the_key_of_the_other_kind_is_an_error(edge: AnEdge, call: str, key: str) -> None:
    """`/c` with a value stat's key and `/v` with a counter's are the only way to miss a stat's kind."""
    reply = await classic(edge, call, key=key, ukey=UKEY, count="1", value="1")

    assert (reply.status, reply.body) == (200, failure("wrong kind"))
    assert edge.posted() == []


# StatHat 3: the form of errors.


async def test_errors_are_200_with_500_inside_unless_set_to_400(edge: AnEdge) -> None:
    """As StatHat did in 2012; a setting gives clients a 400 with the same body."""
    strict = await an_edge(error_status=400)

    assert await ez(edge, "stat=a") == Reply(
        200,
        [
            (b"access-control-allow-origin", b"*"),
            (b"cache-control", b"no-store"),
            (b"content-length", b"40"),
            (b"content-type", b"application/json"),
        ],
        failure("no count or value"),
    )
    reply = await ez(strict, "stat=a")
    assert (reply.status, reply.body) == (400, failure("no count or value"))


async def test_multiple_is_the_number_of_items_taken(edge: AnEdge) -> None:
    """Not of the stats they fan out to, nor of the numbers in them."""
    reply = await batch(edge, {"stat": "a~b,c,d", "count": 1}, {"stat": "e", "count": 1, "value": 2})

    assert reply.body == b'{"status":200,"msg":"ok","multiple":2}'
    assert len(edge.posted()) == 3


async def test_a_batch_of_which_nothing_was_taken_is_an_error(edge: AnEdge) -> None:
    """Status 500, with the first item's message and every item named."""
    reply = await batch(edge, {"stat": "a"}, {"count": 1}, 7)

    assert (reply.status, reply.body) == (
        200,
        (
            b'{"status":500,"msg":"no count or value","multiple":0,"errors":[{"index":0,"msg":"no count or value"},'
            b'{"index":1,"msg":"no stat"},{"index":2,"msg":"no stat"}]}'
        ),
    )
    assert edge.posted() == []


@pytest.mark.parametrize("data", [None, []])
async def test_an_empty_batch_is_ok(edge: AnEdge, data: object) -> None:
    """Segment's client sends `data: null` when it closes with nothing queued."""
    reply = await batch(edge, data=data)

    assert (reply.status, reply.body) == (200, b'{"status":200,"msg":"ok","multiple":0}')


@pytest.mark.parametrize(
    ("envelope", "message"),
    [
        ({"Data": [{"stat": "a", "count": 1}]}, b"no stat"),
        ({"name": "a", "count": 1}, b"no stat"),
        ({"count": 1}, b"no stat"),
        ({}, b"no stat"),
        ({"stat": "a", "data": []}, b"no count or value"),
    ],
)
async def test_what_counts_nothing_is_not_ok(edge: AnEdge, envelope: dict[str, object], message: bytes) -> None:
    """A key that is written in another way is no batch."""
    reply = await ask(edge.app, "POST", "/ez", orjson.dumps({"ezkey": EZKEY, **envelope}), JSON)

    assert (reply.status, reply.body) == (200, b'{"status":500,"msg":"%s"}' % message)


async def test_a_post_beside_an_empty_batch_counts(edge: AnEdge) -> None:
    """Nothing else can have been meant."""
    reply = await batch(edge, stat="a", count=1)

    assert reply.body == b'{"status":200,"msg":"ok"}'
    assert len(edge.posted()) == 1


# StatHat 4: the messages.


@pytest.mark.parametrize(
    "refused",
    [
        Refused("stat=a&count=1", "no ezkey specified", Reason.NO_EZKEY),
        Refused("ezkey=&email=&stat=a&count=1", "no ezkey specified", Reason.NO_EZKEY),
        Refused("ezkey=EZKEY&count=1", "no stat", Reason.NO_STAT),
        Refused("ezkey=EZKEY&stat=&count=1", "no stat", Reason.NO_STAT),
        Refused("ezkey=EZKEY&stat=~&count=1", "no stat", Reason.NO_STAT),
        Refused("ezkey=EZKEY&stat=a", "no count or value", Reason.NO_COUNT_OR_VALUE),
        Refused("ezkey=EZKEY&stat=a&count=x", "bad count", Reason.BAD_COUNT),
        Refused("ezkey=EZKEY&stat=a&value=x", "bad value", Reason.BAD_VALUE),
        Refused("ezkey=EZKEY&stat=a&count=1&t=x", "bad t", Reason.BAD_T),
        Refused(f"ezkey=EZKEY&count=1&stat={'n' * 256}", "stat name too long", Reason.STAT_NAME_TOO_LONG),
        Refused("ezkey=EZKEY&count=1&stat=a~b~c", "bad stat name", Reason.BAD_STAT_NAME),
        Refused("ezkey=EZKEY&count=1&stat=a%00b", "bad stat name", Reason.BAD_STAT_NAME),
        Refused(
            f"ezkey=EZKEY&count=1&stat=a~{','.join(map(str, range(FAN_OUT_MAX + 1)))}",
            "too many stats after ~",
            Reason.FAN_OUT_TOO_WIDE,
        ),
        Refused("ezkey=nobodys&stat=a&count=1", "invalid ezkey", Reason.INVALID_EZKEY),
    ],
    ids=lambda refused: refused.form[:40],
)
async def test_what_is_refused_is_told_why_and_counted_by_reason(edge: AnEdge, refused: Refused) -> None:
    """The message is StatHat's own where a client was seen to know it; nothing is counted; the operator sees it."""
    reply = await ask(edge.app, "POST", "/ez", refused.form.encode(), FORM)

    assert (reply.status, reply.body) == (200, failure(refused.message))
    assert edge.posted() == []
    assert edge.intake.tally.refused == {refused.reason: 1}
    assert edge.intake.tally.taken == 0


async def test_over_a_thousand_items_are_json_too_long(edge: AnEdge) -> None:
    """StatHat's own limit; clients then halve the batch. A thousand are taken."""
    item = {"stat": "a", "count": 1}

    assert (await batch(edge, *[item] * (BATCH_ITEMS_MAX + 1))).body == failure("json too long")
    assert edge.posted() == []
    assert edge.intake.tally.refused == {Reason.JSON_TOO_LONG: 1}
    assert (await batch(edge, *[item] * BATCH_ITEMS_MAX)).body == b'{"status":200,"msg":"ok","multiple":1000}'
    assert len(edge.posted()) == BATCH_ITEMS_MAX


async def test_a_batch_over_the_body_limit_is_json_too_long(edge: AnEdge) -> None:
    """4 MiB, noticed as it comes in, not once all of it is there."""
    envelope = b'{"ezkey":"EZKEY","data":[{"stat":"a","count":1}]}'
    chunk = b" " * (1 << 20)
    whole = [envelope, chunk, chunk, chunk, chunk[len(envelope) :]]

    too_long = await ask(edge.app, "POST", "/ez", [*whole, b" ", *[chunk] * 100], JSON)
    just_fits = await ask(edge.app, "POST", "/ez", whole, JSON)

    assert sum(map(len, whole)) == BODY_BYTES_MAX
    assert (too_long.status, too_long.body) == (200, failure("json too long"))
    assert just_fits.body == b'{"status":200,"msg":"ok","multiple":1}'
    assert edge.posted() == COUNT_OF_ONE


@pytest.mark.parametrize("call", ["ez", "c", "v"])
async def test_a_form_over_512_kib_is_too_long(edge: AnEdge, call: str) -> None:
    """A form is one post: whatever it says, it is no longer than that."""
    reply = await ask(edge.app, "POST", f"/{call}", [b"a=", b"b" * FORM_BYTES_MAX, b"c" * (100 << 20)], FORM)

    assert (reply.status, reply.body) == (200, failure("body too long"))
    assert edge.intake.tally.refused == {Reason.BODY_TOO_LONG: 1}


async def test_a_body_that_breaks_off_counts_nothing(edge: AnEdge) -> None:
    """A client that went away in the middle of its body gets no event for what had come."""
    await ask(edge.app, "POST", "/ez", [b"ezkey=EZKEY&stat=a&count=1", None], FORM)

    assert edge.posted() == []
    assert edge.intake.tally.refused == {Reason.BODY_CUT_OFF: 1}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"ezkey":"EZKEY","data":{"stat":"a","count":1}}',
        b'{"ezkey":"EZKEY","data":"a"}',
        b'{"ezkey":"EZKEY","data":NaN}',
        b'{"ezkey":"EZKEY","data":undefined}',
        b'{"ezkey":"EZKEY",,"data":[{"stat":"a","count":1}]}',
        b'{"ezkey":"EZKEY","stat":"a",,"count":1}',
        b'{"ezkey":"EZKEY","data":[{"stat":"a","count":1},{"stat":"b,"count":1}]}',
        b'{"ezkey":"EZKEY","data":[{"stat":"a","count":1},{"stat":"b","count":1]}',
        b'{"ezkey":"EZKEY","data":[{"stat":"a","count":1},{"stat":"b","count":1}}]}',
        b'{"ezkey":"EZKEY","data":[{"stat":"a","count":NaN}',
        b'{"ezkey":"EZKEY","data":[,1]}',
        b"NaN",
        b"\xff\xfe1",
        b'{"ezkey":"EZKEY","data":' + b"[" * 100_000,
        b'{"ezkey":"EZKEY","data":[' * 5_000,
        b"[" * (1 << 18),
    ],
    ids=lambda body: body[:50],
)
async def test_what_is_no_json_or_no_envelope_is_refused_whole(edge: AnEdge, body: bytes) -> None:
    """All dialects 7: a bad envelope counts nothing, however deep or broken it is."""
    reply = await ask(edge.app, "POST", "/ez", body, JSON)

    assert (reply.status, reply.body) == (200, failure("bad json"))
    assert edge.posted() == []
    assert edge.intake.tally.refused == {Reason.BAD_JSON: 1}


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ('{"stat": "a\\ud83d", "count": 1}', "bad stat name"),
        ('{"stat": "x~a\\udc00", "count": 1}', "bad stat name"),
        ('{"stat": "a", "count": 1e400}', "bad count"),
        ('{"stat": "a", "value": -1e400}', "bad value"),
        (f'{{"stat": "a", "count": {"9" * 400}}}', "bad count"),
        (f'{{"stat": "a", "count": 1, "t": {"9" * 400}}}', "bad t"),
        (f'{{"stat": "a", "count": {"9" * 5_000}}}', "bad count"),
        *((f'{{"stat": "a", "count": {mark}}}', "bad count") for mark in MARKS),
        ('{"stat": "a", "value":-NaN}', "bad value"),
        ('{"stat": "a", "count": 1, "value": nan}', "bad value"),
        ('{"stat": "a", "count": 1, "t": NaN}', "bad t"),
        ('{"stat": undefined, "count": 1}', "bad stat name"),
        ("NaN", "bad json"),
        ("7", "no stat"),
        ("", "bad json"),
        ('{"stat": "a", "value": 1,,"count":2}', "bad json"),
        ('{,"stat": "a", "count": 1}', "bad json"),
        ('{"stat": "a", "count": 1, ,}', "bad json"),
        ('{"stat" "a", "count": 1}', "bad json"),
        ('{"stat": "a" "count": 1}', "bad json"),
        ('{"stat": "a"; "count": 1}', "bad json"),
        ('{stat: "a", count: 1}', "bad json"),
        ("{'stat': 'a', 'count': 1}", "bad json"),
        ('{"stat"="a", "count"=1}', "bad json"),
        ('{"stat"}', "bad json"),
        ('"a" "b"', "bad json"),
        ('{"stat": "a", "count": 1, "tags": [1,,2]}', "bad json"),
        ('{"stat": "a", "count": 1, "note": "}, ]\\"{",,}', "bad json"),
        ("[" * 5_000 + "]" * 5_000, "bad json"),
        ('{"stat": "a\tb", "count": 1}', "bad stat name"),
        ('{"stat": "C:\\data", "count": 1}', "bad stat name"),
        ('{"stat": "a \\u12 b\\\\", "count": 1, "note": NaN}', "bad stat name"),
    ],
)
async def test_one_item_that_orjson_cannot_read_spoils_no_batch(edge: AnEdge, item: str, told: str) -> None:
    """JavaScript's substring in the middle of an emoji sends such a name, a template in Python such a number, one with
    nothing in its place such commas.
    """
    body = f'{{"ezkey": "{EZKEY}", "data": [{{"stat": "good", "count": 1}}, {item}, {{"stat": "good", "count": 2}},]}}'
    reply = await ask(edge.app, "POST", "/ez", body.encode(), JSON)

    assert orjson.loads(reply.body) == {
        "status": 200,
        "msg": "ok",
        "multiple": 2,
        "errors": [{"index": 1, "msg": told}],
    }
    assert [post.number for post in edge.posted()] == [1, 2]


async def test_words_within_a_name_are_no_numbers(edge: AnEdge) -> None:
    """Only what stands outside of quotes is looked at, and what is escaped within them stays."""
    name = 'is "NaN": nan, [Infinity,] \\ :'
    body = b'{"ezkey":"EZKEY","data":[{"stat":%b,"count":1},{"stat":"b","count":NaN}]}' % orjson.dumps(name)
    await ask(edge.app, "POST", "/ez", body, JSON)

    assert edge.posted() == [Posted("counter", name, 1.0, None)]


async def test_a_single_post_as_json_with_no_number_is_told_so(edge: AnEdge) -> None:
    reply = await ask(edge.app, "POST", "/ez", b'{"ezkey":"EZKEY","stat":"a","count":NaN}', JSON)

    assert (reply.body, edge.posted()) == (failure("bad count"), [])


@pytest.mark.parametrize("charset", [b"", b"; charset=iso-8859-1", b";charset=windows-1252", b"; charset=utf-8"])
@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (b'"caf\xe9"', ["café"]),
        (b'"caf\xc3\xa9"', ["café"]),
        (b'"caf\xc3\xa9","count":1},{"stat":"\xfcber \\"\xe9\\""', ["café", 'über "é"']),
        (b'"\xa3 ~a\xe9,\xfc"', ["£ ~aé,ü"]),
    ],
)
async def test_json_that_is_no_utf_8_is_latin_1(edge: AnEdge, raw: bytes, names: list[str], charset: bytes) -> None:
    """Each string by itself, as in forms, and whatever the header says: a relay joins what several clients wrote."""
    body = b'{"ezkey":"EZKEY","data":[{"stat":' + raw + b',"count":1},{"stat":"b","count":NaN}]}'
    reply = await ask(edge.app, "POST", "/ez", body, [(b"content-type", b"application/json" + charset)])

    assert orjson.loads(reply.body)["errors"] == [{"index": len(names), "msg": "bad count"}]
    assert [post.name for post in edge.posted()] == names


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
async def test_json_with_a_byte_order_mark_or_in_utf_16_is_read(edge: AnEdge, encoding: str) -> None:
    """.NET and PowerShell write them."""
    body = '{"ezkey":"EZKEY","data":[{"stat":"café 東京","count":1}]}'.encode(encoding)

    assert (await ask(edge.app, "POST", "/ez", body, JSON)).body == b'{"status":200,"msg":"ok","multiple":1}'
    assert [post.name for post in edge.posted()] == ["café 東京"]


async def test_a_full_log_is_503_and_counts_nothing(edge: AnEdge) -> None:
    """The one 5xx: what is not durable is not acknowledged, nor counted as taken. It goes on when there is room."""
    edge.writer.is_full = True

    refused = [await ez(edge, "stat=a&count=1"), await batch(edge, {"stat": "a", "count": 1})]
    refused.append(await classic(edge, "c", key=COUNTER_KEY, ukey=UKEY))

    for reply in refused:
        assert (reply.status, reply.body) == (503, b'{"status":503,"msg":"temporarily unavailable"}')
        assert (b"retry-after", b"5") in reply.headers
    assert (edge.posted(), edge.intake.tally.taken) == ([], 0)
    assert edge.intake.tally.refused == {Reason.LOG_NOT_WRITABLE: 3}
    edge.writer.is_full = False
    assert (await ez(edge, "stat=a&count=1")).body == OK
    assert (edge.posted(), edge.intake.tally.taken) == (COUNT_OF_ONE, 1)


# All dialects 4: white space around keys.


@pytest.mark.parametrize("ezkey", ["EZKEY%0D%0A", "+EZKEY", "EZKEY ", "%09EZKEY%20", " john a@example.com\r\n"])
async def test_blanks_around_an_ezkey_are_not_part_of_it(edge: AnEdge, ezkey: str) -> None:
    assert (await ez(edge, "stat=a&count=1", ezkey=ezkey)).body == OK
    assert (await batch(edge, {"stat": "a", "count": 1}, ezkey=" EZKEY\r\n")).body.startswith(b'{"status":200')
    assert edge.posted() == COUNT_OF_ONE * 2


async def test_blanks_around_classic_keys_are_not_part_of_them(edge: AnEdge) -> None:
    assert (await classic(edge, "c", key=f" {COUNTER_KEY}\r\n", ukey=f"{UKEY}\n", count=" 2\n")).body == OK
    assert edge.posted() == [Posted("counter", None, 2.0, None)]


@pytest.mark.parametrize("copied", ["\ufeff{}", "{}\u200b", " \u2060{}\xa0\r\n", "\u202a{}\u202c", "\xad{}"])
async def test_what_is_copied_along_unseen_is_no_part_of_a_key(edge: AnEdge, copied: str) -> None:
    """From a web page, or a file that an editor began with a byte order mark: in forms, JSON and classic posts."""
    ezkey, email, key, ukey = map(copied.format, (EZKEY, EMAIL, COUNTER_KEY, UKEY))

    assert (await ez(edge, "stat=a&count=1", ezkey=quote(ezkey))).body == OK
    assert (await ez(edge, "stat=a&count=1", ezkey=quote(email))).body == OK
    assert (await batch(edge, {"stat": "a", "count": 1}, ezkey=ezkey)).body.startswith(b'{"status":200')
    assert (await classic(edge, "c", key=key, ukey=ukey, count="1")).body == OK
    assert len(edge.posted()) == 4


async def test_what_nobody_sees_within_a_key_is_a_part_of_it(edge: AnEdge) -> None:
    assert (await ez(edge, "stat=a&count=1", ezkey=quote("EZ\u200bKEY"))).body == failure("invalid ezkey")


@pytest.mark.parametrize("begin", ["\ufeff", "\r\n", " ", "\u200b"])
async def test_a_file_posted_as_a_form_may_begin_as_editors_have_it(edge: AnEdge, begin: str) -> None:
    """`curl --data-binary @FILE`: with a byte order mark, and with a line for each pair."""
    form = f"{begin}ezkey=EZKEY&{begin}stat=a&{begin}count=2{begin}"

    assert (await ask(edge.app, "POST", "/ez", form.encode(), FORM)).body == OK
    assert edge.posted() == [Posted("counter", "a", 2.0, None)]


@pytest.mark.parametrize("blank", ["+%0D", "%EF%BB%BF", "%E2%80%8B+"])
async def test_nothing_but_blanks_is_no_ezkey(edge: AnEdge, blank: str) -> None:
    """The next place where it may stand is looked at."""
    assert (await ez(edge, "stat=a&count=1", ezkey=blank)).body == failure("no ezkey specified")
    assert (await ez(edge, "stat=a&count=1&email=EZKEY", ezkey=blank)).body == OK


async def test_a_key_that_was_kept_with_blanks_works_as_it_did(edge: AnEdge) -> None:
    """Releases before this one kept a key as it was given."""
    await edge.decide(KeyStored(2, KEYRING.store(KeyKind.EZKEY, "old ")))

    assert (await ez(edge, "stat=a&count=1", ezkey="old%20")).body == OK
    assert (await ez(edge, "stat=a&count=1", ezkey="old")).body == failure("invalid ezkey")


# StatHat 5: keys that nobody has.


async def test_an_unknown_ezkey_is_never_acknowledged(edge: AnEdge) -> None:
    """StatHat said ok and dropped; we say that we do not count it."""
    reply = await ez(edge, "stat=a&count=1", ezkey="nobodys")

    assert (reply.status, reply.body) == (200, failure("invalid ezkey"))
    assert edge.intake.tally.refused == {Reason.INVALID_EZKEY: 1}


@pytest.mark.parametrize(
    ("key", "ukey"),
    [
        pytest.param("nonsense", UKEY, id="unknown stat key"),
        pytest.param(COUNTER_KEY, "nonsense", id="unknown ukey"),
        pytest.param(COUNTER_KEY, OTHER_UKEY, id="another user's ukey"),
        pytest.param(COUNTER_KEY, EZKEY, id="an ezkey is no ukey"),
        pytest.param(KEYRING.stat_key(99, Kind.COUNTER, 1), UKEY, id="of a product that is not there"),
        pytest.param(KEYRING.stat_key(2, Kind.COUNTER, 1), UKEY, id="of another account's product"),
        pytest.param(COUNTER_KEY[:-1], UKEY, id="cut"),
        pytest.param("", UKEY, id="no stat key"),
        pytest.param(COUNTER_KEY, "", id="no ukey"),
    ],
)
async def test_a_wrong_key_or_ukey_is_invalid_keys(edge: AnEdge, key: str, ukey: str) -> None:
    """One message for all of them: it tells nobody which keys there are."""
    reply = await classic(edge, "c", key=key, ukey=ukey, count="1")

    assert (reply.status, reply.body) == (200, failure("invalid keys"))
    assert edge.posted() == []
    assert edge.intake.tally.refused == {Reason.INVALID_KEYS: 1}


async def test_lenient_keys_answers_as_stathat_did_and_counts_the_refusal() -> None:
    """With the setting unknown keys get ok, nothing is counted, and the operator sees the refusal."""
    edge = await an_edge(lenient_keys=True)

    replies = [await ez(edge, "stat=a&count=1", ezkey="nobodys"), await classic(edge, "c", key="no", ukey=UKEY)]
    wrong_kind = await classic(edge, "c", key=VALUE_KEY, ukey=UKEY)

    assert [(reply.status, reply.body) for reply in replies] == [(200, OK), (200, OK)]
    assert wrong_kind.body == failure("wrong kind")
    assert edge.posted() == []
    assert edge.intake.tally.refused == {Reason.INVALID_EZKEY: 1, Reason.INVALID_KEYS: 1, Reason.WRONG_KIND: 1}


async def test_a_key_made_a_moment_ago_through_another_edge_is_known_here(edge: AnEdge) -> None:
    """An unknown key is refused only after a look at the end of the catalog."""
    await edge.decide(KeyStored(1, KEYRING.store(KeyKind.EZKEY, "brand new")))

    assert (await ez(edge, "stat=a&count=1", ezkey="brand+new")).body == OK
    assert edge.posted() == COUNT_OF_ONE


async def test_a_refusal_is_not_remembered(edge: AnEdge) -> None:
    """The same key, refused first, is taken as soon as it is somebody's; and a key taken away ends at once."""
    assert (await ez(edge, "stat=a&count=1", ezkey="later")).body == failure("invalid ezkey")
    await edge.decide(KeyStored(1, KEYRING.store(KeyKind.EZKEY, "later")))
    assert (await ez(edge, "stat=a&count=1", ezkey="later")).body == OK

    await edge.decide(KeyRevoked(1, KeyKind.EZKEY))
    await ez(edge, "stat=a&count=1", ezkey="whoever looks again reads the catalog")
    assert (await ez(edge, "stat=a&count=1", ezkey="later")).body == failure("invalid ezkey")
    assert edge.posted() == COUNT_OF_ONE


# StatHat 7: JSON is what says that it is.


async def test_json_without_its_content_type_is_read_as_a_form(edge: AnEdge) -> None:
    """StatHat's answer to it, which clients know."""
    body = b'{"ezkey":"EZKEY","data":[{"stat":"a","count":1}]}'

    assert (await ask(edge.app, "POST", "/ez", body, FORM)).body == failure("no ezkey specified")
    assert (await ask(edge.app, "POST", "/ez", body)).body == failure("no ezkey specified")
    reply = await ask(edge.app, "POST", "/ez", body, [(b"content-type", b"Application/JSON; charset=utf-8")])
    assert reply.body == b'{"status":200,"msg":"ok","multiple":1}'


async def test_a_batch_without_ezkey_is_told_so(edge: AnEdge) -> None:
    """A bare array (pradodigital's PHP) has no ezkey; a batch may have it in the query."""
    array = b'[{"stat":"a","count":1}]'

    assert (await ask(edge.app, "POST", "/ez", array, JSON)).body == failure("no ezkey specified")
    assert (await batch(edge, {"stat": "a", "count": 1}, ezkey=7)).body == failure("no ezkey specified")
    in_query = await ask(edge.app, "POST", "/ez?ezkey=EZKEY", b'{"ezkey":null,"data":' + array + b"}", JSON)
    assert in_query.body == b'{"status":200,"msg":"ok","multiple":1}'
    assert edge.posted() == COUNT_OF_ONE


async def test_one_post_may_be_written_as_json(edge: AnEdge) -> None:
    """Without `data` the object is the post, and is answered as one."""
    reply = await ask(edge.app, "POST", "/ez", b'{"ezkey":"EZKEY","stat":"a","count":1,"t":null}', JSON)

    assert reply.body == OK
    assert edge.posted() == COUNT_OF_ONE


async def test_stathats_own_example_with_its_trailing_comma_is_taken(edge: AnEdge) -> None:
    """The documentation of 2013 shows it; commas in names stay."""
    body = b'{"ezkey": "EZKEY",\n "data": [\n {"stat": "a", "count": 1},\n {"stat": ",]b\\",}", "value": 2,}, ]\n ,}'

    reply = await ask(edge.app, "POST", "/ez", body, JSON)

    assert reply.body == b'{"status":200,"msg":"ok","multiple":2}'
    assert edge.posted() == [*COUNT_OF_ONE, Posted("value", ',]b",}', 2.0, None)]


async def test_a_json_content_type_without_a_body_leaves_the_query(edge: AnEdge) -> None:
    """Libraries that set the header on every request post by query too."""
    assert (await ask(edge.app, "POST", "/ez?ezkey=EZKEY&stat=a&count=1", b"", JSON)).body == OK
    assert (await ask(edge.app, "GET", "/ez?ezkey=EZKEY&stat=a&count=1", b"", JSON)).body == OK
    assert edge.posted() == 2 * COUNT_OF_ONE


# StatHat 8: ezkey, e-mail, EZ off.


@pytest.mark.parametrize(
    "sent", [b"john+a@example.com", b"john%2Ba@example.com", b"john a@example.com", b"John%2BA%40Example.COM"]
)
async def test_the_accounts_email_is_an_ezkey_however_it_is_encoded(edge: AnEdge, sent: bytes) -> None:
    """Several clients send `john+a@..` un-encoded, which arrives with a space; case does not matter."""
    for name in (b"ezkey", b"email"):
        reply = await ask(edge.app, "POST", "/ez", name + b"=" + sent + b"&stat=a&count=1", FORM)
        assert reply.body == OK

    assert edge.posted() == 2 * COUNT_OF_ONE


async def test_the_email_is_no_key_once_its_alias_is_off(edge: AnEdge) -> None:
    """`--no-email-key`: as if nobody had that address; the ezkey goes on."""
    await edge.decide(AccountChanged(1, ez=True, email_key=False))
    await ez(edge, "stat=a&count=1", ezkey="whoever looks again reads the catalog")

    assert (await ez(edge, "stat=a&count=1", ezkey=quote(EMAIL))).body == failure("invalid ezkey")
    assert (await ez(edge, "stat=a&count=1")).body == OK


async def test_ez_switched_off_refuses_ez_only(edge: AnEdge) -> None:
    """`--no-ez`: `ez api is off`, by form, JSON and e-mail; `/c` and `/v` go on."""
    assert (await ez(edge, "stat=a&count=1")).body == OK
    await edge.decide(AccountChanged(1, ez=False, email_key=True))
    await ez(edge, "stat=a&count=1", ezkey="whoever looks again reads the catalog")

    assert (await ez(edge, "stat=a&count=1")).body == failure("ez api is off")
    assert (await ez(edge, "stat=a&count=1", ezkey=quote(EMAIL))).body == failure("ez api is off")
    assert (await batch(edge, {"stat": "a", "count": 1})).body == failure("ez api is off")
    assert (await classic(edge, "c", key=COUNTER_KEY, ukey=UKEY)).body == OK
    assert edge.intake.tally.refused[Reason.EZ_IS_OFF] == 3
    assert len(edge.posted()) == 2


@pytest.mark.parametrize("key", [UKEY, COUNTER_KEY])
async def test_no_other_key_is_an_ezkey(edge: AnEdge, key: str) -> None:
    """The scopes of keys never overlap."""
    assert (await ez(edge, "stat=a&count=1", ezkey=key)).body == failure("invalid ezkey")


# StatHat 9: classic stats.


async def test_a_stat_key_posts_to_its_stat(edge: AnEdge) -> None:
    """The event has the metric and no name; no look-up is needed."""
    replies = [
        await classic(edge, "c", key=COUNTER_KEY, ukey=UKEY, count="3", t="1363118126"),
        await classic(edge, "v", key=VALUE_KEY, ukey=UKEY, value="1e%2b21"),
        await ask(edge.app, "GET", f"/c?key={COUNTER_KEY}&ukey={quote(UKEY, safe='').replace('~', '%7E')}"),
    ]

    assert [reply.body for reply in replies] == [OK] * 3
    assert edge.posted() == [
        Posted("counter", None, 3.0, 1363118126),
        Posted("value", None, 1e21, None),
        Posted("counter", None, 1.0, None),
    ]
    assert [event["metric"] for event in edge.records()] == [
        metric_id(1, "counter", STAT),
        metric_id(1, "value", STAT),
        metric_id(1, "counter", STAT),
    ]


@pytest.mark.parametrize(
    ("call", "key", "fields", "message"),
    [
        ("v", VALUE_KEY, {}, "no count or value"),
        ("v", VALUE_KEY, {"count": "1"}, "no count or value"),
        ("v", VALUE_KEY, {"value": "x"}, "bad value"),
        ("c", COUNTER_KEY, {"count": "x"}, "bad count"),
        ("c", COUNTER_KEY, {"t": "-1"}, "bad t"),
    ],
)
async def test_a_classic_post_has_the_same_rules_for_its_numbers(
    edge: AnEdge, call: str, key: str, fields: dict[str, str], message: str
) -> None:
    """A count is 1 unless sent; a value has to be."""
    assert (await classic(edge, call, key=key, ukey=UKEY, **fields)).body == failure(message)
    assert edge.posted() == []


async def test_a_post_by_key_goes_where_posts_by_name_go(edge: AnEdge) -> None:
    """All writes of one metric go through one partition."""
    await ez(edge, f"stat={STAT}&count=1")
    await classic(edge, "c", key=COUNTER_KEY, ukey=UKEY)

    by_name, by_key = edge.writer.events
    assert by_name[0] == by_key[0]


# All dialects 7: batches.


async def test_a_bad_item_in_a_good_envelope_is_left_out_and_named(edge: AnEdge) -> None:
    """The others count; each refusal is counted by its reason."""
    reply = await batch(
        edge,
        {"stat": "x" * 256, "count": 1},
        {"stat": "a", "count": 1},
        {"stat": "b~c~d", "count": 1},
        {"stat": "a", "count": 1, "t": 5},
    )

    assert (reply.status, reply.body) == (
        200,
        (
            b'{"status":200,"msg":"ok","multiple":2,'
            b'"errors":[{"index":0,"msg":"stat name too long"},{"index":2,"msg":"bad stat name"}]}'
        ),
    )
    assert edge.posted() == [Posted("counter", "a", 1.0, None), Posted("counter", "a", 1.0, 5)]
    assert edge.intake.tally.refused == {Reason.STAT_NAME_TOO_LONG: 1, Reason.BAD_STAT_NAME: 1}
    assert edge.intake.tally.taken == 2
