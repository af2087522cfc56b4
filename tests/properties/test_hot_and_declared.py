"""The hot handler is the declared route, only faster: the same requests get the same answers and leave the same events.

Two edges with equal catalogs, one with the hot path and one without, are asked the same thing.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tilde.catalog.follower
from producers.stathat.posts import FORM_BYTES_MAX
from testkit.asking import Headers, ask
from testkit.stathat import COUNTER_KEY, EMAIL, EZKEY, UKEY, AnEdge, an_edge

NAMES = ["ezkey", "email", "stat", "count", "value", "t", "vb", "key", "ukey", "", "Ezkey", "c%6funt"]
NAMES += [" t", "\ufeffcount", "%0Avalue", "stat+"]
VALUES = [
    *(EZKEY, EMAIL, "john a@example.com", "nobody", "OTHER"),
    *("a", "a~b,c", "~", "x~y~z", "page view", "café", "n" * 256, "a\x00", "日本~東京", "%", "+", "a=b"),
    *(
        "\ufeffEZKEY",
        "EZKEY\u200b",
        "\u2060",
        " EZKEY",
        "EZKEY\r\n",
        " a ",
        "\r\n",
        " ~ ,",
        "\t5\n",
        "1e 21 ",
        f"{UKEY}\n",
        " 1363118126",
    ),
    *("1", "0", "-2.5", "1e+21", "1e999", "nan", "", " ", "0x10", "1363118126", "4294967296", "-1", "1.0"),
]
TYPES = [
    b"application/x-www-form-urlencoded",
    b"application/x-www-form-urlencoded; charset=utf-8",
    b"Application/X-WWW-Form-Urlencoded",
    b"application/json",
    b"application/json;charset=utf-8",
    b"text/plain",
    b"",
    b"\xff",
]


@dataclass(frozen=True)
class Request:
    """What is asked of both."""

    method: str
    target: str
    body: tuple[bytes, ...]
    headers: Headers
    cut_off: bool = False

    @property
    def chunks(self) -> list[Any]:
        """The body as an application receives it; a client that left in the middle sends None."""
        return [*self.body, None] if self.cut_off else list(self.body)


def encoded(value: str, how: str) -> bytes:
    match how:
        case "percent":
            return quote_from_bytes(value.encode(), safe="").encode()
        case "raw":
            return value.encode()
        case "latin":
            return value.encode("latin-1", "replace")
        case _:
            return quote_from_bytes(value.encode(), safe=" ").replace(" ", "+").encode()


PAIRS = st.lists(
    st.builds(
        lambda name, value, how: name.encode() + b"=" + encoded(value, how),
        st.sampled_from(NAMES),
        st.sampled_from(VALUES),
        st.sampled_from(["percent", "raw", "latin", "plus"]),
    ),
    max_size=6,
)
GOOD = st.sampled_from(
    [
        [b"ezkey=EZKEY", b"stat=a", b"count=1"],
        [b"ezkey=EZKEY", b"stat=a~b,c", b"value=2", b"t=5"],
        [b"email=john a@example.com", b"count=1", b"value=2", b"stat=caf\xe9"],
    ]
)
FORMS = st.builds(
    b"&".join, st.one_of(PAIRS, GOOD, st.builds(list.__add__, PAIRS, GOOD), st.builds(list.__add__, GOOD, PAIRS))
)
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


@st.composite
def requests(draw: st.DrawFn) -> Request:
    method = draw(st.sampled_from(["GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"]))
    path = draw(st.sampled_from(["/ez"] * 8 + ["/c", "/v", "/ez/", "/EZ"]))
    query = draw(st.one_of(st.just(b""), FORMS, st.just(f"key={COUNTER_KEY}&ukey={UKEY}".encode())))
    body = draw(st.one_of(st.just(b""), BODIES) if method == "GET" else BODIES)
    headers: list[tuple[bytes, bytes]] = [(b"host", b"api.stathat.com")]
    if draw(st.booleans()):
        headers.append((b"content-type", draw(st.sampled_from([TYPES[0], *TYPES]))))
    if draw(st.integers(0, 9)) == 0:
        headers.append((b"content-type", draw(st.sampled_from(TYPES))))
    chunks = (body,)
    if body and draw(st.booleans()):
        headers.append((b"transfer-encoding", b"chunked"))
        cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=3)))
        chunks = tuple(body[at:to] for at, to in zip([0, *cuts], [*cuts, len(body)], strict=True))
    elif body:
        headers.append((b"content-length", b"%d" % len(body)))
    # Over HTTP a query is ASCII: LimitedProtocol sees to it.
    visible = b"".join(bytes((byte,)) if byte < 0x80 else b"%%%02X" % byte for byte in query).decode()
    target = path + ("?" + visible if query else "")
    return Request(method, target, chunks, tuple(headers), cut_off=bool(body) and draw(st.integers(0, 19)) == 0)


class Both:
    """The two edges, and the loop they live in."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.hot: AnEdge = self.runner.run(an_edge())
        self.declared: AnEdge = self.runner.run(an_edge(hot=False))

    def ask(self, edge: AnEdge, request: Request, *, is_full: bool) -> tuple[object, ...]:
        """Everything that can be seen of one answer; ids but for their counters."""
        edge.writer.events.clear()
        edge.intake.tally.refused.clear()
        edge.writer.is_full = is_full
        taken = edge.intake.tally.taken
        reply = self.runner.run(ask(edge.app, request.method, request.target, request.chunks, request.headers))
        events = [
            (partition, record | {"id": None})
            for (partition, _), record in zip(edge.writer.events, edge.records(), strict=True)
        ]
        return reply, events, dict(edge.intake.tally.refused), edge.intake.tally.taken - taken


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    look_again_s, tilde.catalog.follower.LOOK_AGAIN_S = tilde.catalog.follower.LOOK_AGAIN_S, 0.0
    both = Both()
    yield both
    both.runner.close()
    tilde.catalog.follower.LOOK_AGAIN_S = look_again_s


FORM = (b"content-type", b"application/x-www-form-urlencoded")


JSON = (b"content-type", b"application/json")
GOOD_QUERY = "/ez?ezkey=EZKEY&stat=a&count=1"
GOOD_FORM = b"ezkey=EZKEY&stat=a&count=1"
TRICKY = {
    "a query with a body that says more": Request("GET", GOOD_QUERY, (b"t=5&value=7",), ((b"content-length", b"11"),)),
    "a query with a chunked body": Request("GET", GOOD_QUERY, (b"t=5&value=7",), ((b"transfer-encoding", b"chunked"),)),
    "a query and a content type alone": Request("GET", GOOD_QUERY, (b"",), (JSON,)),
    "a form": Request("POST", "/ez", (GOOD_FORM,), (FORM,)),
    "a form with an empty last chunk": Request("POST", "/ez", (GOOD_FORM, b""), (FORM,)),
    "a form that is too long": Request("POST", "/ez", (GOOD_FORM + b"&x=" + b"y" * FORM_BYTES_MAX,), (FORM,)),
    "a form with two content types": Request("POST", "/ez", (GOOD_FORM,), (FORM, JSON)),
    "two content types, JSON first": Request("POST", "/ez", (GOOD_FORM,), (JSON, FORM)),
    "a client that left": Request("POST", "/ez", (GOOD_FORM,), (FORM,), cut_off=True),
    "a client that left at once": Request("POST", "/ez", (), (FORM,), cut_off=True),
}


@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize("asked", TRICKY.values(), ids=list(TRICKY))
def test_they_are_one_where_it_was_not_so(both: Both, asked: Request, is_full: bool) -> None:
    """Requests that an earlier version answered in two ways, and their like; also with a full log."""
    assert both.ask(both.hot, asked, is_full=is_full) == both.ask(both.declared, asked, is_full=is_full)


@given(requests(), st.integers(0, 19).map(lambda number: number == 0))
@settings(max_examples=400)
def test_the_hot_path_and_the_declared_route_are_one(both: Both, asked: Request, is_full: bool) -> None:
    """Status, headers, body, events, their partitions, what is counted as taken and as refused: all the same."""
    assert both.ask(both.hot, asked, is_full=is_full) == both.ask(both.declared, asked, is_full=is_full)


@given(st.lists(requests(), max_size=20))
@settings(max_examples=20)
def test_ids_rise_whatever_is_asked(both: Both, asked: list[Request]) -> None:
    """On the way through the hot path, the declared route or both, no id is given twice."""
    ids = []
    for request in asked:
        both.ask(both.hot, request, is_full=False)
        ids += [record["id"] for record in both.hot.records()]

    assert ids == sorted(set(ids))


def test_the_hot_path_is_taken_at_all(both: Both) -> None:
    """Else this page would compare the declared route with itself."""
    both.hot.writer.is_full = False  # whatever was asked before
    requests = [
        Request("GET", "/ez?ezkey=EZKEY&stat=a&count=1", (b"",), ()),
        Request("POST", "/ez", (b"ezkey=EZKEY&stat=a&count=1",), (FORM,)),
    ]
    for request in requests:
        handler = both.hot.app.hot["/ez"]
        both.hot.writer.events.clear()
        path, _, query = request.target.partition("?")
        scope = {"type": "http", "method": request.method, "path": path, "query_string": query.encode()}
        body = {"type": "http.request", "body": request.body[0], "more_body": False}

        async def receive() -> dict[str, Any]:
            return body

        async def send(message: Any) -> None:
            return

        assert both.runner.run(handler(scope | {"headers": list(request.headers)}, receive, send)) is None
        assert len(both.hot.writer.events) == 1
