"""A lane is its declared route, only faster: the same bytes of a client get the same bytes, and leave the same events.

Two edges with equal catalogs, one with the lane and one without, are sent the same thing, over connections in memory:
several requests on one, in pieces, old versions of HTTP, clients that leave, a log that cannot be written.
"""

from collections.abc import Iterator

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from producers.stathat.posts import FORM_BYTES_MAX
from testkit.lane_talks import CLOSE, FORM, JSON, OTHER_HEADERS, Both, Request, Speech, Talk, both_of, forms
from testkit.stathat import COUNTER_KEY, EMAIL, EZKEY, UKEY, an_edge

NAMES = ["ezkey", "email", "stat", "count", "value", "t", "vb", "key", "ukey", "", "Ezkey", "c%6funt"]
NAMES += [" t", "\ufeffcount", "%0Avalue", "stat+"]
VALUES = [
    *(EZKEY, EMAIL, "john a@example.com", "nobody", "OTHER"),
    *("a", "a~b,c", "~", "x~y~z", "page view", "café", "n" * 256, "a\x00", "日本~東京", "%", "+", "a=b"),
    *("\ufeffEZKEY", "EZKEY\u200b", "\u2060"),
    *(" EZKEY", "EZKEY\r\n", " a ", "\r\n", " ~ ,", "\t5\n", "1e 21 ", f"{UKEY}\n", " 1363118126"),
    *("1", "0", "-2.5", "1e+21", "1e999", "nan", "", " ", "0x10", "1363118126", "4294967296", "-1", "1.0"),
]
GOOD = [
    [b"ezkey=EZKEY", b"stat=a", b"count=1"],
    [b"ezkey=EZKEY", b"stat=a~b,c", b"value=2", b"t=5"],
    [b"email=john a@example.com", b"count=1", b"value=2", b"stat=caf\xe9"],
]
FORMS = forms(NAMES, VALUES, GOOD)
VALUES_OF_JSON = st.one_of(
    st.sampled_from(VALUES), st.integers(-3, 2**33), st.floats(allow_nan=False), st.none(), st.booleans()
)
ITEMS = st.dictionaries(st.sampled_from(["stat", "count", "value", "t", "x"]), VALUES_OF_JSON, max_size=4)
JSONS = st.one_of(
    st.builds(
        lambda key, items: orjson.dumps({"ezkey": key, "data": items}),
        st.sampled_from([EZKEY, EMAIL, "nobody", None, 7]),
        st.lists(ITEMS | st.just(7), max_size=4) | st.none(),
    ),
    st.builds(lambda item: orjson.dumps({"ezkey": EZKEY} | item), ITEMS),
    st.sampled_from(
        [
            b"",
            b"{",
            b"[]",
            b"7",
            b'{"ezkey":"EZKEY","data":[{"stat":"\xe9","count":NaN}]}',
            b'{"ezkey":"EZKEY","data":[{"stat":"a","count":1,},]}',
        ]
    ),
)
BODIES = st.one_of(FORMS, FORMS, JSONS, st.binary(max_size=40), st.just(b""))


SPEECH = Speech(
    ["/ez"] * 8 + ["/c", "/v", "/ez/", "/EZ", "//ez", "/ez#x", "/e%7A", "http://a/ez"],
    FORMS | st.just(f"key={COUNTER_KEY}&ukey={UKEY}".encode()),
    BODIES,
)


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with both_of(an_edge, "id") as both:
        yield both


GOOD_QUERY = "/ez?ezkey=EZKEY&stat=a&count=1"
GOOD_FORM = b"ezkey=EZKEY&stat=a&count=1"
A_FORM = Request("POST", "/ez", (GOOD_FORM,), (FORM,))
A_QUERY = Request("GET", GOOD_QUERY)
REFUSED = Request("POST", "/ez", (b"ezkey=EZKEY&stat=a",), (FORM,))
UNKNOWN = Request("POST", "/ez", (b"ezkey=nobody&stat=a&count=1",), (FORM,))
CHUNKED = Request("POST", "/ez", (GOOD_FORM,), (FORM,), is_chunked=True)
TRICKY = {
    "a query": A_QUERY,
    "a query with a body that says more": Request("GET", GOOD_QUERY, (b"t=5&value=7",)),
    "a query with a form that says more": Request("GET", GOOD_QUERY, (b"t=5&value=7",), (FORM,)),
    "a query with a chunked body": Request("GET", GOOD_QUERY, (b"t=5&value=7",), is_chunked=True),
    "a query and a content type alone": Request("GET", GOOD_QUERY, (), (JSON,)),
    "a query with a fragment": Request("GET", GOOD_QUERY + "#x"),
    "a query with two question marks": Request("GET", GOOD_QUERY + "?x=y?z"),
    "a form": A_FORM,
    "a form behind an empty query": Request("POST", "/ez?", (GOOD_FORM,), (FORM,)),
    "a form behind a query": Request("POST", GOOD_QUERY, (b"stat=b",), (FORM,)),
    "a form in two chunks": Request("POST", "/ez", (GOOD_FORM[:9], GOOD_FORM[9:]), (FORM,), is_chunked=True),
    "a form in one chunk": CHUNKED,
    "a form that is too long": Request("POST", "/ez", (GOOD_FORM + b"&x=" + b"y" * FORM_BYTES_MAX,), (FORM,)),
    "a form with two content types": Request("POST", "/ez", (GOOD_FORM,), (FORM, JSON)),
    "two content types, JSON first": Request("POST", "/ez", (GOOD_FORM,), (JSON, FORM)),
    "an empty content type first": Request("POST", "/ez", (GOOD_FORM,), ((b"Content-Type", b""), FORM)),
    "a form of no bytes": Request("POST", "/ez", (b"",), (FORM,)),
    "a form without a length": Request("POST", "/ez", (), (FORM,)),
    "a form of HTTP/1.0": Request("POST", "/ez", (GOOD_FORM,), (FORM,), version="1.0"),
    "a query of HTTP/1.0 that would be kept": Request("GET", GOOD_QUERY, (), (OTHER_HEADERS[1],), version="1.0"),
    "a form of HTTP/0.9": Request("POST", "/ez", (GOOD_FORM,), (FORM,), version="0.9"),
    "a form, and no more": Request("POST", "/ez", (GOOD_FORM,), (FORM, CLOSE)),
    "a form, and an offer to upgrade": Request("POST", "/ez", (GOOD_FORM,), (FORM, OTHER_HEADERS[2])),
    "a form that waits for leave": Request("POST", "/ez", (GOOD_FORM,), (FORM, OTHER_HEADERS[3])),
    "a form of a page": Request("POST", "/ez", (GOOD_FORM,), (FORM, OTHER_HEADERS[4])),
    "HEAD": Request("HEAD", GOOD_QUERY),
    "a preflight": Request("OPTIONS", "/ez", (), (OTHER_HEADERS[4],)),
    "what is refused": REFUSED,
    "an unknown key": UNKNOWN,
    "a form that is not UTF-8": Request("POST", "/ez", (b"ezkey=EZKEY&stat=caf\xe9&count=1",), (FORM,)),
    "JSON": Request("POST", "/ez", (b'{"ezkey":"EZKEY","data":[{"stat":"a","count":1}]}',), (JSON,)),
}


@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize("asked", TRICKY.values(), ids=list(TRICKY))
def test_they_are_one_where_they_might_not_be(both: Both, asked: Request, is_full: bool) -> None:
    """Requests that an earlier version answered in two ways, and their like; twice, pipelined, and with a full log."""
    both.agree_in_company(asked, A_FORM, A_QUERY, is_full=is_full)


@given(SPEECH.talks())
@settings(max_examples=250)
@example(Talk((A_FORM.wire, A_FORM.wire[:-3]), "leaves"))
@example(Talk((A_FORM.wire + Request("GET", "/", (), (OTHER_HEADERS[2],)).wire,), waits=False))
def test_the_lane_and_the_declared_route_are_one(both: Both, talk: Talk) -> None:
    """The bytes of all answers, the end of the connection, events, their partitions, what is counted as taken and as
    refused: all the same.
    """
    both.agree(talk)


@pytest.mark.parametrize(
    ("mark", "asked"), [(b"/ez", A_QUERY), (b"stat=", A_QUERY), (b"Host: ", A_FORM), (b"stat=", A_FORM)]
)
def test_no_byte_makes_a_difference_wherever_it_stands(both: Both, mark: bytes, asked: Request) -> None:
    """In a path, a query, a header, a body."""
    for byte in range(256):
        both.agree(Talk((asked.wire.replace(mark, mark + bytes((byte,))),)))


@pytest.mark.parametrize("asked", [A_FORM, A_QUERY, CHUNKED, REFUSED, UNKNOWN], ids=lambda one: one.wire[:3] or "x")
def test_packets_may_end_anywhere(both: Both, asked: Request) -> None:
    """Every place of a request, another one behind it."""
    both.agree_wherever_packets_end(asked, behind=A_FORM)


@pytest.mark.parametrize("asked", [A_FORM, A_QUERY, CHUNKED], ids=["form", "query", "chunked"])
@pytest.mark.parametrize("end", ["leaves", "ends"])
def test_a_client_may_go_anywhere_in_a_request(both: Both, asked: Request, end: str) -> None:
    """What was whole counts, what was not is counted as cut off, behind an answer too."""
    both.agree_wherever_a_client_goes(asked, A_FORM, end)


@given(st.lists(SPEECH.talks(), max_size=10))
@settings(max_examples=20)
def test_ids_rise_whatever_is_asked(both: Both, asked: list[Talk]) -> None:
    """Through the lane, the declared route or both, no id is given twice."""
    ids = both.ids(asked)

    assert ids == sorted(set(ids))


@pytest.mark.parametrize("asked", [A_FORM, A_QUERY, CHUNKED], ids=["form", "query", "chunked"])
def test_the_lane_is_taken_at_all(both: Both, asked: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else this page would compare the declared route with itself."""
    monkeypatch.setattr(both.laned.intake, "ez", None)
    for version in ("1.1", "1.0"):
        request = Request(asked.method, asked.target, asked.body, asked.headers, version, asked.is_chunked)
        seen = both.talk_to(both.laned, Talk((request.wire, request.wire)))
        assert (seen.written[:15], seen.taken) == (b"HTTP/1.1 200 OK", 2 if version == "1.1" else 1)


def test_a_head_that_was_read_before_needs_no_parser(both: Both) -> None:
    """Nor does one that another connection has sent; a body of another length does."""

    async def steps() -> None:
        wires = both.wires[id(both.laned)]
        first = wires.open()
        first.send(A_FORM.wire)
        await first.settled()
        second = wires.open()
        second.protocol.parser = None
        for _ in range(2):
            second.send(A_FORM.wire)
            await second.settled()
        assert second.written == first.written * 2
        with pytest.raises(AttributeError):
            second.send(A_FORM.wire + b"x")

    both.laned.writer.is_full = False
    both.runner.run(steps())
