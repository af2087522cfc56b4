"""Sealed batches of hits, cut as `cutting` says into the pieces of their rows."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple

import orjson

from tilde.schemas.avro_patterns import NUMBER, empty_if_null, group, one_of, or_null, sized
from tilde.schemas.cutting import WORD, Cutter, require_text
from tilde.schemas.hits import KNOWN_BY, TRANSPORTS, TYPES
from tilde.schemas.hot import END, NULL, content_of, long, long_of, maybe, size_and, text
from tilde.schemas.topics import HITS

PARAMETERS_REMEMBERED_MAX = 1_024  # 10 kB each where they are long, mostly some 50 bytes


class CutHit(NamedTuple):
    """One hit: its fields as Avro has them, but for what is said of them here."""

    event: bytes
    site: bytes
    clock: bytes
    """clock_offset_s and clock_rule."""
    received_at: bytes
    type: bytes
    transport: bytes
    href: bytes
    host: bytes
    """Null is an empty text, here and in all others but `bot`."""
    title: bytes
    ref: bytes
    lang: bytes
    res: bytes
    tz: bytes
    agent: bytes
    bot: bytes
    network: bytes
    visitor: bytes
    known_by: bytes
    key: bytes
    who: bytes
    said: bytes
    parameters: bytes
    """A text, JSON: pairs of name and value."""

    @property
    def is_bot(self) -> bool:
        """Whether it was a crawler's."""
        return self.bot != NULL


def cut_hit(event: Mapping[str, Any]) -> CutHit:
    """The pieces of a hit that was decoded."""
    return CutHit(
        event=long(event["event"]),
        site=long(event["site"]),
        clock=long(event["clock_offset_s"]) + text(event["clock_rule"]),
        received_at=long(event["received_at"]),
        type=TYPES[event["type"]],
        transport=TRANSPORTS[event["transport"]],
        **{name: text(event[name] or "") for name in ("href", "host", "title", "ref", "lang", "res", "tz", "agent")},
        bot=maybe(event["bot"]),
        network=text(event["network"] or ""),
        visitor=long(event["visitor"]),
        known_by=KNOWN_BY[event["known_by"]],
        key=long(event["key"]),
        who=size_and(event["who"]),
        said=size_and(event["said"] or b""),
        parameters=_json([(each["name"], each["value"]) for each in event["parameters"]]),
    )


def clock_in(clock: bytes) -> tuple[int, str]:
    """What a piece of that name says: clock_offset_s and clock_rule."""
    offset_s = _number_at(clock)
    assert offset_s is not None
    return long_of(offset_s[0]), content_of(clock[offset_s.end() :]).decode()


_TEXT, _URL, _NAME = sized(range(512)), sized(range(1_024)), sized(range(1, 64))
_HOW_MANY = range(1, 9)
_SOME_PARAMETERS = one_of(map(long, _HOW_MANY)) + b"(?:%b%b){1,8}" % (_NAME, _TEXT) + END
_HIT = CutHit(
    event=group(NUMBER),
    site=group(NUMBER),
    clock=group(NUMBER, WORD),
    received_at=group(NUMBER),
    type=group(one_of(TYPES.values())),
    transport=group(one_of(TRANSPORTS.values())),
    href=group(_URL),
    host=empty_if_null(WORD),
    title=empty_if_null(_TEXT),
    ref=empty_if_null(_URL),
    lang=empty_if_null(WORD),
    res=empty_if_null(WORD),
    tz=empty_if_null(WORD),
    agent=empty_if_null(_TEXT),
    bot=group(or_null(WORD)),
    network=empty_if_null(WORD),
    visitor=group(NUMBER),
    known_by=group(one_of(KNOWN_BY.values())),
    key=group(NUMBER),
    who=group(_TEXT),
    said=empty_if_null(_TEXT),
    parameters=b"(?:%b|%b)" % (END, _SOME_PARAMETERS),
)
_GROUPS = len(_HIT) - 1  # parameters are none: they are no piece as they stand

_number_at = re.compile(NUMBER).match


@cache
def _parameter() -> re.Pattern[bytes]:
    return re.compile(group(_NAME) + group(_TEXT))


def _cut(found: re.Match[bytes]) -> CutHit:
    """Raises ValueError where a text is none."""
    parameters = found.string[found.end(_GROUPS) : found.end()]
    hit = CutHit._make((*found.groups(), _parameters(parameters)))
    for may_be_other in (hit.href, hit.title, hit.ref, hit.agent):
        require_text(may_be_other)
    return hit


@lru_cache(PARAMETERS_REMEMBERED_MAX)
def _parameters(encoded: bytes) -> bytes:
    """Most hits have the same ones. Raises ValueError."""
    pairs = _parameter().findall(encoded, 1, len(encoded) - len(END))
    if encoded[:1] != long(len(pairs)):
        raise ValueError("not as many as there should be")
    return _json([(content_of(name).decode(), content_of(value).decode()) for name, value in pairs])


def _json(parameters: list[tuple[str, str]]) -> bytes:
    return size_and(orjson.dumps(parameters))


cut_hits = Cutter(HITS.subject, b"".join(_HIT), _cut, cut_hit).batch
"""A sealed batch as `codec.decode` has it, but for its events: each is a CutHit. Raises PoisonError."""
