"""Talks with two edges of equal catalogs, one with a dialect's lanes and one without: what a client sends, packet by
packet, and all that can be seen of how it was taken.
"""

import asyncio
import re
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote_from_bytes

import orjson
from hypothesis import strategies as st

import tilde.catalog.follower
from producers.web.app import EdgeApp
from producers.web.tally import Tally
from testkit.asking import Headers
from testkit.edges import MemoryWriter
from testkit.wire import Wires
from tilde.keys.keyholders import Keyholder

FORM = (b"Content-Type", b"application/x-www-form-urlencoded")
JSON = (b"Content-Type", b"application/json")
CLOSE = (b"Connection", b"close")
OTHER_HEADERS = [
    CLOSE,
    (b"Connection", b"keep-alive"),
    (b"Connection", b"Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB"),
    (b"Expect", b"100-continue"),
    (b"Origin", b"https://page.example"),
    (b"X-Long", b"x" * 2_000),
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
NOT_ON_A_LINE = {code: f"%{code:02X}" for code in (*range(0x21), 0x7F)}
_ID = re.compile(rb'(?<=<id>)\d+|(?<="id":)\d+')


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
        headers = [(b"Host", b"api.example"), *self.headers]
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
    """One value of a form, as clients write it."""
    match how:
        case "percent":
            return quote_from_bytes(value.encode(), safe="").encode()
        case "raw":
            return value.encode()
        case "latin":
            return value.encode("latin-1", "replace")
        case _:
            return quote_from_bytes(value.encode(), safe=" ").replace(" ", "+").encode()


def forms(names: list[str], values: list[str], good: list[list[bytes]]) -> st.SearchStrategy[bytes]:
    """Forms of these names and values, with those that are taken between them or alone."""
    pairs = st.lists(
        st.builds(
            lambda name, value, how: name.encode() + b"=" + encoded(value, how),
            st.sampled_from(names),
            st.sampled_from(values),
            st.sampled_from(["percent", "raw", "latin", "plus"]),
        ),
        max_size=6,
    )
    taken = st.sampled_from(good)
    both = st.one_of(pairs, taken, st.builds(list.__add__, pairs, taken), st.builds(list.__add__, taken, pairs))
    return st.builds(b"&".join, both)


@dataclass(frozen=True)
class Speech:
    """What requests of a dialect are made of; `headers` come now and then."""

    paths: list[str]
    queries: st.SearchStrategy[bytes]
    bodies: st.SearchStrategy[bytes]
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    types: list[bytes] = field(default_factory=lambda: TYPES)

    def requests(self) -> st.SearchStrategy[Request]:
        """Of all methods and versions, whole and in chunks."""
        return _requests(self)

    def talks(self) -> st.SearchStrategy[Talk]:
        """Some requests on one connection, in whichever packets."""
        return _talks(self)


@st.composite
def _requests(draw: st.DrawFn, speech: Speech) -> Request:
    method = draw(st.sampled_from(["GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"]))
    path = draw(st.sampled_from(speech.paths))
    query = draw(st.one_of(st.just(b""), speech.queries))
    body = draw(st.one_of(st.just(b""), speech.bodies) if method == "GET" else speech.bodies)
    headers: list[tuple[bytes, bytes]] = []
    if draw(st.booleans()):
        headers.append((b"Content-Type", draw(st.sampled_from([TYPES[0], *speech.types]))))
    if draw(st.integers(0, 9)) == 0:
        headers.append((b"content-type", draw(st.sampled_from(speech.types))))
    if draw(st.integers(0, 5)) == 0:
        headers.append(draw(st.sampled_from(OTHER_HEADERS)))
    if speech.headers and draw(st.integers(0, 2)) == 0:
        headers.append(draw(st.sampled_from(speech.headers)))
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=3)))
    pieces = tuple(body[at:to] for at, to in zip([0, *cuts], [*cuts, len(body)], strict=True))
    version = draw(st.sampled_from(["1.1"] * 6 + ["1.0", "0.9"]))
    is_chunked = version == "1.1" and draw(st.integers(0, 3)) == 0
    raw = quote_from_bytes(query, safe="&=+~,:@/%") if draw(st.booleans()) else query.decode("latin-1")
    target = path + ("?" + raw.translate(NOT_ON_A_LINE) if query else draw(st.sampled_from(["", "", "?"])))
    has_length = body or is_chunked or draw(st.integers(0, 3)) == 0
    return Request(method, target, pieces if has_length else (), tuple(headers), version, is_chunked)


def cut(data: bytes, places: list[int]) -> tuple[bytes, ...]:
    """The data in pieces; places beyond its end are none."""
    ends = [*sorted({place for place in places if 0 < place < len(data)}), len(data)]
    return tuple(data[at:to] for at, to in zip([0, *ends], ends, strict=False))


@st.composite
def _talks(draw: st.DrawFn, speech: Speech) -> Talk:
    asked = draw(st.lists(speech.requests(), min_size=1, max_size=3))
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


class Seen(NamedTuple):
    """All that can be seen of one connection: what the client was sent, and whether it was closed; the events that are
    durable, each with its partition; what was counted as refused and as taken.
    """

    written: bytes
    is_closed: bool
    events: list[tuple[int, dict[str, Any]]]
    refused: dict[Any, int]
    taken: int


class _Counts(Protocol):
    tally: Tally


class TalkedTo(Protocol):
    """An edge in memory, with a dialect's routes."""

    app: EdgeApp
    writer: MemoryWriter

    @property
    def intake(self) -> _Counts: ...

    def records(self) -> list[dict[str, Any]]:
        """The durable events."""
        ...


class MakeEdge(Protocol):
    """Makes an edge, with the dialect's lanes or without."""

    def __call__(self, *, lanes: bool) -> Awaitable[TalkedTo]: ...


@dataclass
class Both:
    """The two edges, and the loop they live in. `own_ids` are the fields of an event that hold ids of its own."""

    make: MakeEdge
    own_ids: tuple[str, ...] = ("id",)
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        self.laned: TalkedTo = self.runner.run(_made(self.make, lanes=True))
        self.declared: TalkedTo = self.runner.run(_made(self.make, lanes=False))
        self.wires = {id(edge): Wires(edge.app) for edge in (self.laned, self.declared)}

    def talk_to(self, edge: TalkedTo, talk: Talk) -> Seen:
        """What comes of one connection; of ids, whose they are."""
        edge.writer.events.clear()
        edge.intake.tally.refused.clear()
        edge.writer.is_full = talk.is_full
        taken = edge.intake.tally.taken
        written, is_closed = self.runner.run(self._talked(edge, talk))
        records = edge.records()
        without_ids: dict[str, Any] = dict.fromkeys(self.own_ids)
        events = [
            (partition, record | without_ids)
            for (partition, _), record in zip(edge.writer.events, records, strict=True)
        ]
        whose = {b"%d" % record["id"]: b"of event %d" % at for at, record in enumerate(records)}
        written = _ID.sub(lambda found: whose.get(found[0], found[0]), written)
        return Seen(written, is_closed, events, dict(edge.intake.tally.refused), edge.intake.tally.taken - taken)

    def alone(self, talk: Talk) -> Seen:
        """What comes of it on an edge without lanes that was asked for nothing before."""
        edge = self.runner.run(_made(self.make, lanes=False))
        self.wires[id(edge)] = Wires(edge.app)
        try:
            return self.talk_to(edge, talk)
        finally:
            del self.wires[id(edge)]

    async def _talked(self, edge: TalkedTo, talk: Talk) -> tuple[bytes, bool]:
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
        assert self.talk_to(self.laned, talk) == self.talk_to(self.declared, talk)

    def agree_in_company(self, asked: Request, before: Request, behind: Request, *, is_full: bool) -> None:
        """Of one that comes three times, of one between two others, and of one whose sender ends behind another."""
        self.agree(Talk((asked.wire,) * 3, is_full=is_full))
        self.agree(Talk((before.wire + asked.wire + behind.wire,), is_full=is_full))
        self.agree(Talk((asked.wire + before.wire,), "ends", is_full=is_full, waits=False))

    def agree_wherever_packets_end(self, asked: Request, behind: Request) -> None:
        """Every place of a request, another one behind it."""
        data = asked.wire + behind.wire
        expected = self.talk_to(self.declared, Talk((data,)))
        for place in range(1, len(data)):
            assert self.talk_to(self.laned, Talk(cut(data, [place]))) == expected, data[:place]

    def agree_wherever_a_client_goes(self, asked: Request, before: Request, end: str) -> None:
        """What was whole counts, what was not is counted as cut off, behind an answer too."""
        for place in range(1, len(asked.wire) + 1):
            self.agree(Talk((before.wire, asked.wire[:place]), end))

    def ids(self, talks: list[Talk]) -> list[int]:
        """Those of all events of the edge with lanes, in their order."""
        ids: list[int] = []
        for talk in talks:
            self.talk_to(self.laned, talk)
            ids += [record["id"] for record in self.laned.records()]
        return ids


@contextmanager
def both_of(make: MakeEdge, *own_ids: str) -> Iterator[Both]:
    """The two, which wait for no change of the catalog. What they seal of somebody is his number and what is said, so
    that it can be compared.
    """
    look_again_s, seal = tilde.catalog.follower.LOOK_AGAIN_S, Keyholder.seal
    tilde.catalog.follower.LOOK_AGAIN_S = 0.0
    Keyholder.seal = lambda keyholder, said: orjson.dumps([keyholder.number, said])  # type: ignore[method-assign, assignment]
    both = Both(make, own_ids)
    try:
        yield both
    finally:
        both.runner.close()
        tilde.catalog.follower.LOOK_AGAIN_S = look_again_s
        Keyholder.seal = seal  # type: ignore[method-assign]


async def _made(make: MakeEdge, *, lanes: bool) -> TalkedTo:
    return await make(lanes=lanes)
