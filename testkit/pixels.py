"""A dialect that no release has, whose paths begin with numbers: `/12px.gif` takes a hit of site 12, `/12px.js` and
`/pixels/sites` are read. Its keys are in a header of its own, or in `auth`; its failures are two lines of text. It
proves the ground that a dialect stands on whose paths are no words.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from fastapi import Request, Response

from producers import wiring
from producers.parts import Parts
from producers.stats.stat_targets import StatTargets
from producers.stats.stat_writer import StatWriter
from producers.web.app import EdgeApp
from producers.web.clients import Client, client_of
from producers.web.lane import Lane, LaneRequest, SameAnswer, Taken
from producers.web.tally import Tally
from tilde.dialects import known as records
from tilde.dialects.dialect import Dialect, Dialects, Paths, Told
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.stats.metrics import Kind
from tilde.web.parameters import parse

PATH = "/{site:int}px.gif"
TOLD = frozenset({b"referer", b"origin", b"user-agent", b"cookie"})


def in_lines(path: str, status: int, message: str) -> Told:
    """As old PHP takes it apart."""
    return Told(f"NOK\n{message}\n".encode(), "text/plain")


PIXELS = Dialect(
    "pixels",
    posts=Paths(in_lines, patterns=(PATH,), headers={"x-of": "posts"}),
    reads=Paths(
        in_lines, exact=frozenset({"/pixels/sites"}), patterns=("/{site:int}px.js",), headers={"x-of": "reads"}
    ),
    slow=Paths(exact=frozenset({"/pixels/sites"})),
    key_headers=("x-pixels-key",),
    key_parameters=("auth", "admin_auth"),
)


class Hit(NamedTuple):
    """What was known of one when it was taken: by the lane, or by the declared route."""

    is_laned: bool
    path: bytes
    client: Client
    told: Mapping[bytes, bytes]


Leave = Callable[[str, bytes], "asyncio.Future[None] | None"]
"""Leaves a hit of a key at a path in a group; None where nobody has the key."""


class Pixels:
    """Takes hits in, and keeps what it was told of each."""

    def __init__(self, leave: Leave) -> None:
        self._leave = leave
        self.hits: list[Hit] = []
        self.tally = Tally(PIXELS.name)
        self._gif = Response(b"GIF89a", media_type="image/gif")

    def add_to(self, app: EdgeApp) -> None:
        """The declared route, and the lane beside it."""
        app.add_api_route(PATH, self.declared, methods=["GET"])
        app.add_lane(Lane(PATH, {b"GET"}, (), self.take, wants_client=True, headers=TOLD))

    async def declared(self, request: Request) -> Response:
        """Takes what the lane does not: where a path ends in a slash, and the like."""
        told = {name: value for name, value in reversed(request.headers.raw) if name in TOLD}
        durable = self._taken(request.scope["query_string"], request.scope["raw_path"])
        if durable is None:
            return Response(b"NOK\nno such key\n", 403, media_type="text/plain")
        self.hits.append(Hit(False, request.scope["raw_path"], client_of(request.scope), told))
        await durable
        self.tally.taken += 1
        return self._gif

    def take(self, request: LaneRequest) -> Taken | None:
        """As Lane.take."""
        head = request.head
        durable = self._taken(head.query, head.path)
        if durable is None:
            return None
        self.hits.append(Hit(True, head.path, request.client, head.wanted))
        return Taken(durable, SameAnswer.of(self._gif), self.tally, 1)

    def _taken(self, query: bytes, path: bytes) -> "asyncio.Future[None] | None":
        return self._leave(parse(query).get("auth", ""), path)


def into_the_log(parts: Parts) -> Leave:
    """Counts each hit for the stat of its path, of the product whose tracking key it is."""
    edge = parts.edge
    writer, targets = StatWriter(edge.sealer.writer, edge.ids), StatTargets(edge.follower, spreads=False)

    def leave(key: str, path: bytes) -> "asyncio.Future[None] | None":
        product = edge.keys.known_product(KeyKind.TRACKING_KEY, key)
        if product is None:
            return None
        writer.leave(targets[product.id, Kind.COUNTER, path.decode()], 1, None, edge.receipts.now())
        return writer.durable()

    return leave


@contextmanager
def known() -> Iterator[None]:
    """Inside, this process knows the record as if a release had it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "DIALECTS", Dialects((*records.DIALECTS.records, PIXELS)))
        yield


@contextmanager
def spoken() -> Iterator[list[Pixels]]:
    """Inside, an edge that is built speaks it: each is in the list."""
    made: list[Pixels] = []

    class Module:
        """What `wiring` lists is a dialect's module."""

        @staticmethod
        def add(app: EdgeApp, parts: Parts) -> list[Tally]:
            made.append(Pixels(into_the_log(parts)))
            made[-1].add_to(app)
            return [made[-1].tally]

    with known(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "DIALECTS", (*wiring.DIALECTS, Module))
        yield made
