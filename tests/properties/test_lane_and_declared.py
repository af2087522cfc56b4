"""A lane is its declared route, only faster: the same bytes of a client get the same bytes, and leave the same events.

Two edges with equal catalogs, one with the lane and one without, are sent the same thing, over connections in memory:
several requests on one, in pieces, old versions of HTTP, clients that leave, a log that cannot be written.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import tilde.catalog.follower
from producers.stathat.posts import FORM_BYTES_MAX
from testkit.asking import Headers
from testkit.stathat import COUNTER_KEY, EMAIL, EZKEY, UKEY, AnEdge, an_edge
from testkit.wire import Wires

NAMES = ["ezkey", "email", "stat", "count", "value", "t", "vb", "key", "ukey", "", "Ezkey", "c%6funt"]
NAMES += [" t", "\ufeffcount", "%0Avalue", "stat+"]
VALUES = [
    *(EZKEY, EMAIL, "john a@example.com", "nobody", "OTHER"),
    *("a", "a~b,c", "~", "x~y~z", "page view", "café", "n" * 256, "a\x00", "日本~東京", "%", "+", "a=b"),
    *("\ufeffEZKEY", "EZKEY\u200b", "\u2060"),
    *(" EZKEY", "EZKEY\r\n", " a ", "\r\n", " ~ ,", "\t5\n", "1e 21 ", f"{UKEY}\n", " 1363118126"),
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
    """One, as a client writes it. Its body comes in chunks where there are several pieces, or none says how long it
    is.
    """

    method: str
    target: str
    body: tuple[bytes, ...] = ()
    headers: Headers = ()
    version: str = "1.1"
    is_chunked: bool = False

    @property
    def wire(self) -> bytes:
        """Its bytes."""
        body = b"".join(self.body)
        headers = [(b"Host", b"api.stathat.com"), *self.headers]
        if self.is_chunked:
            headers.append((b"Transfer-Encoding", b"chunked"))
            body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in self.body if piece) + b"0\r\n\r\n"
        elif self.body:
            headers.append((b"Content-Length", b"%d" % len(body)))
        lines = [f"{self.method} {self.target} HTTP/{self.version}".encode()]
        return b"\r\n".join([*lines, *(name + b": " + value for name, value in headers), b"", body])


@dataclass(frozen=True)
class Talk:
    """What a client sends on one connection, packet by packet, and how it goes; the log cannot be written meanwhile."""

    packets: tuple[bytes, ...]
    end: str = "stays"
    is_full: bool = False
    waits: bool = True
    """For what the edge has to say, after each packet."""


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
    path = draw(st.sampled_from(["/ez"] * 8 + ["/c", "/v", "/ez/", "/EZ", "//ez", "/ez#x", "/e%7A", "http://a/ez"]))
    query = draw(st.one_of(st.just(b""), FORMS, st.just(f"key={COUNTER_KEY}&ukey={UKEY}".encode())))
    body = draw(st.one_of(st.just(b""), BODIES) if method == "GET" else BODIES)
    headers: list[tuple[bytes, bytes]] = []
    if draw(st.booleans()):
        headers.append((b"Content-Type", draw(st.sampled_from([TYPES[0], *TYPES]))))
    if draw(st.integers(0, 9)) == 0:
        headers.append((b"content-type", draw(st.sampled_from(TYPES))))
    if draw(st.integers(0, 5)) == 0:
        headers.append(draw(st.sampled_from(OTHER_HEADERS)))
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=3)))
    pieces = tuple(body[at:to] for at, to in zip([0, *cuts], [*cuts, len(body)], strict=True))
    version = draw(st.sampled_from(["1.1"] * 6 + ["1.0", "0.9"]))
    is_chunked = version == "1.1" and draw(st.integers(0, 3)) == 0
    raw = quote_from_bytes(query, safe="&=+~,:@/%") if draw(st.booleans()) else query.decode("latin-1")
    target = path + ("?" + raw.translate(NOT_ON_A_LINE) if query else draw(st.sampled_from(["", "", "?"])))
    return Request(method, target, pieces if body else (), tuple(headers), version, is_chunked)


NOT_ON_A_LINE = {code: f"%{code:02X}" for code in (*range(0x21), 0x7F)}
OTHER_HEADERS = [
    (b"Connection", b"close"),
    (b"Connection", b"keep-alive"),
    (b"Connection", b"Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB"),
    (b"Expect", b"100-continue"),
    (b"Origin", b"https://page.example"),
    (b"X-Long", b"x" * 2_000),
]


def cut(data: bytes, places: list[int]) -> tuple[bytes, ...]:
    """The data in pieces; places beyond its end are none."""
    ends = [*sorted({place for place in places if 0 < place < len(data)}), len(data)]
    return tuple(data[at:to] for at, to in zip([0, *ends], ends, strict=False))


@st.composite
def talks(draw: st.DrawFn) -> Talk:
    asked = draw(st.lists(requests(), min_size=1, max_size=3))
    asked *= draw(st.sampled_from([1, 1, 2]))  # what comes again may be known
    if draw(st.booleans()):
        packets = tuple(request.wire for request in asked)
    else:
        data = b"".join(request.wire for request in asked)
        packets = cut(data, draw(st.lists(st.integers(1, len(data)), max_size=4)))
    end = draw(st.sampled_from(["stays", "stays", "ends", "leaves", "in the middle", "nonsense"]))
    if end == "in the middle":
        packets = (*packets[:-1], packets[-1][: draw(st.integers(1, len(packets[-1])))])
    if end == "nonsense":
        packets = (*packets, b"\x16\x03\x01 no request\r\n\r\n")
    return Talk(packets, end, is_full=draw(st.integers(0, 9)) == 0, waits=draw(st.booleans()))


@dataclass
class Both:
    """The two edges, and the loop they live in."""

    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        self.laned: AnEdge = self.runner.run(an_edge())
        self.declared: AnEdge = self.runner.run(an_edge(lanes=False))
        self.wires = {id(edge): Wires(edge.app) for edge in (self.laned, self.declared)}

    def told(self, edge: AnEdge, talk: Talk) -> tuple[object, ...]:
        """Everything that can be seen of one connection; ids but for their counters."""
        edge.writer.events.clear()
        edge.intake.tally.refused.clear()
        edge.writer.is_full = talk.is_full
        taken = edge.intake.tally.taken
        written, is_closed = self.runner.run(self._talked(edge, talk))
        events = [
            (partition, record | {"id": None})
            for (partition, _), record in zip(edge.writer.events, edge.records(), strict=True)
        ]
        return written, is_closed, events, dict(edge.intake.tally.refused), edge.intake.tally.taken - taken

    async def _talked(self, edge: AnEdge, talk: Talk) -> tuple[bytes, bool]:
        wire = self.wires[id(edge)].open()
        for packet in talk.packets:
            wire.send(packet)
            if talk.waits:
                await wire.settled()
        if talk.end == "ends":
            wire.end()
        await wire.settled()
        is_closed = wire.is_closed
        if not is_closed:
            wire.leave()
        await wire.settled()
        return wire.written, is_closed

    def agree(self, talk: Talk) -> None:
        """Asserts that there is no difference."""
        assert self.told(self.laned, talk) == self.told(self.declared, talk)


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    look_again_s, tilde.catalog.follower.LOOK_AGAIN_S = tilde.catalog.follower.LOOK_AGAIN_S, 0.0
    both = Both()
    yield both
    both.runner.close()
    tilde.catalog.follower.LOOK_AGAIN_S = look_again_s


FORM = (b"Content-Type", b"application/x-www-form-urlencoded")
JSON = (b"Content-Type", b"application/json")
CLOSE = (b"Connection", b"close")
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
    both.agree(Talk((asked.wire,) * 3, is_full=is_full))
    both.agree(Talk((A_FORM.wire + asked.wire + A_QUERY.wire,), is_full=is_full))
    both.agree(Talk((asked.wire + A_FORM.wire,), "ends", is_full=is_full, waits=False))


@given(talks())
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
    data = asked.wire + A_FORM.wire
    expected = both.told(both.declared, Talk((data,)))

    for place in range(1, len(data)):
        assert both.told(both.laned, Talk(cut(data, [place]))) == expected, data[:place]


@pytest.mark.parametrize("asked", [A_FORM, A_QUERY, CHUNKED], ids=["form", "query", "chunked"])
@pytest.mark.parametrize("end", ["leaves", "ends"])
def test_a_client_may_go_anywhere_in_a_request(both: Both, asked: Request, end: str) -> None:
    """What was whole counts, what was not is counted as cut off, behind an answer too."""
    for place in range(1, len(asked.wire) + 1):
        both.agree(Talk((A_FORM.wire, asked.wire[:place]), end))


@given(st.lists(talks(), max_size=10))
@settings(max_examples=20)
def test_ids_rise_whatever_is_asked(both: Both, asked: list[Talk]) -> None:
    """Through the lane, the declared route or both, no id is given twice."""
    ids = []
    for talk in asked:
        both.told(both.laned, talk)
        ids += [record["id"] for record in both.laned.records()]

    assert ids == sorted(set(ids))


@pytest.mark.parametrize("asked", [A_FORM, A_QUERY, CHUNKED], ids=["form", "query", "chunked"])
def test_the_lane_is_taken_at_all(both: Both, asked: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else this page would compare the declared route with itself."""
    monkeypatch.setattr(both.laned.intake, "ez", None)
    for version in ("1.1", "1.0"):
        request = Request(asked.method, asked.target, asked.body, asked.headers, version, asked.is_chunked)
        written, *_, taken = both.told(both.laned, Talk((request.wire, request.wire)))
        assert (written[:15], taken) == (b"HTTP/1.1 200 OK", 2 if version == "1.1" else 1)


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
