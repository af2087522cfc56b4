"""Sealed batches of posts to stats, cut as `cutting` says. What stands for the stat is one piece, since whoever goes
through posts has met nearly each before.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple

from tilde.schemas.avro_patterns import ANY, NUMBER, group, one_of, or_null, sized
from tilde.schemas.codec import event_reader
from tilde.schemas.cutting import Cutter, require_text
from tilde.schemas.hot import KINDS, NULL, SOME, any_long_of, double, long, posted_name
from tilde.schemas.topics import STATS


class CutStat(NamedTuple):
    """One event of topic `stats`: its fields as Avro has them."""

    event: bytes
    """Its id. Of two the one with more bytes is larger, else the one whose last byte that differs is."""
    posted: bytes
    """product, metric, kind and name."""
    number: bytes
    t: bytes
    received_at: bytes


class Posted(NamedTuple):
    """What a post is to; `name` is as posted, None of a post by the key of a stat."""

    product: int
    metric: int
    kind: str
    name: str | None


def cut_stat(event: Mapping[str, Any]) -> CutStat:
    """The pieces of an event that was decoded."""
    t = event["t"]
    return CutStat(
        long(event["id"]),
        posted_name(event["product"], event["metric"], event["kind"], event["name"]),
        double(event["number"]),
        NULL if t is None else SOME + long(t),
        long(event["received_at"]),
    )


def decoded(event: CutStat) -> dict[str, Any]:
    """The event as those have it that were decoded."""
    return _reader()(BytesIO(b"".join(event)))


def posted_of(event: CutStat) -> Posted:
    """What it is to."""
    read = decoded(event)
    return Posted(read["product"], read["metric"], read["kind"], read["name"])


_NAME = sized(range(512))
_EVENT = (
    group(NUMBER),
    group(NUMBER, NUMBER, one_of(KINDS.values()), or_null(group(_NAME))),
    group(ANY + b"{8}"),
    group(or_null(NUMBER)),
    group(NUMBER),
)


def _cut(found: re.Match[bytes]) -> CutStat:
    """Raises ValueError where a name is no text."""
    event, posted, name, number, t, received_at = found.groups()
    if name is not None and not name.isascii():
        require_text(name)
    return CutStat._make((event, posted, number, t, received_at))


def seconds_of(t: bytes) -> int:
    """The unix seconds that the piece for `t` says, where it is not null."""
    return any_long_of(t[len(SOME) :])


@cache
def _reader() -> Callable[[BytesIO], dict[str, Any]]:
    return event_reader(STATS.subject)


cut_stats = Cutter(STATS.subject, b"".join(_EVENT), _cut, cut_stat, ({}, {"spreads": False})).batch
"""A sealed batch as `codec.decode` has it, but for its events: each is a CutStat. Raises PoisonError."""
