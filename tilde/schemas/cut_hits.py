"""Sealed batches of hits, cut into the pieces that rows are made of: most of a row are bytes that stand in the hit, and
to make values of them, and bytes again, takes several times as long (docs/decisions/0055-hits-are-cut.md).

What nearly every hit looks like stands here as a regular expression. A hit that it does not match, as one with a longer
text, is read by fastavro, and so is a batch of another version of the schema; they come into the same pieces. What
fastavro cannot read either is poison, for the reason that it has.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from io import BytesIO
from typing import Any, NamedTuple

import orjson

from tilde.schemas.avro_patterns import ASCII, NUMBER, empty_if_null, group, one_of, or_null, sized
from tilde.schemas.codec import HEADER_BYTES, UNREADABLE, decode, event_reader, header
from tilde.schemas.hits import KNOWN_BY, TRANSPORTS, TYPES
from tilde.schemas.hot import NULL, content_of, long, long_of, maybe, size_and, text
from tilde.schemas.registry import latest
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


def cut_hits(message: bytes) -> dict[str, Any]:
    """A sealed batch as `codec.decode` has it, but for its events: each is a CutHit. Raises PoisonError."""
    if message.startswith(_HEADER):
        with suppress(*UNREADABLE):
            if (batch := _batch(message)) is not None:
                return batch
    decoded = decode(message, HITS.subject)
    return {**decoded, "events": list(map(cut_hit, decoded["events"]))}


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


_HEADER = header(latest(HITS.subject))
_read_event = event_reader(HITS.subject)
_END = b"\0"  # of an array
_WORD, _TEXT, _URL, _NAME = sized(range(64), ASCII), sized(range(512)), sized(range(1_024)), sized(range(1, 64))
_HOW_MANY = range(1, 9)
_SOME_PARAMETERS = one_of(map(long, _HOW_MANY)) + b"(?:%b%b){1,8}" % (_NAME, _TEXT) + _END
_HIT = CutHit(
    event=group(NUMBER),
    site=group(NUMBER),
    clock=group(NUMBER, _WORD),
    received_at=group(NUMBER),
    type=group(one_of(TYPES.values())),
    transport=group(one_of(TRANSPORTS.values())),
    href=group(_URL),
    host=empty_if_null(_WORD),
    title=empty_if_null(_TEXT),
    ref=empty_if_null(_URL),
    lang=empty_if_null(_WORD),
    res=empty_if_null(_WORD),
    tz=empty_if_null(_WORD),
    agent=empty_if_null(_TEXT),
    bot=or_null(_WORD),
    network=empty_if_null(_WORD),
    visitor=group(NUMBER),
    known_by=group(one_of(KNOWN_BY.values())),
    key=group(NUMBER),
    who=group(_TEXT),
    said=empty_if_null(_TEXT),
    parameters=b"(?:%b|%b)" % (_END, _SOME_PARAMETERS),
)
_GROUPS = len(_HIT) - 1  # parameters are none: they are no piece as they stand

_head_at = re.compile(group(_WORD) + group(NUMBER) * 5).match
_number_at = re.compile(NUMBER).match


@cache
def _hit_at() -> Callable[[bytes, int], re.Match[bytes] | None]:
    """It takes a tenth of a second to be made, and so it is where there are hits: here, and the parameter below."""
    return re.compile(b"".join(_HIT)).match


@cache
def _parameter() -> re.Pattern[bytes]:
    return re.compile(group(_NAME) + group(_TEXT))


def _batch(message: bytes) -> dict[str, Any] | None:
    """None where it is not in the form that edges give it. Raises UNREADABLE."""
    head = _head_at(message, HEADER_BYTES)
    if head is None:
        return None
    edge, *numbers = head.groups()
    epoch, offset, before, catalog, count = map(long_of, numbers)
    events, at, hit_at = [], head.end(), _hit_at()
    for _ in range(count):
        found = hit_at(message, at)
        hit, at = _read(message, at) if found is None else (_cut(found), found.end())
        events.append(hit)
    if not events or message[at:] != _END:
        return None
    said = {"edge": content_of(edge).decode(), "epoch": epoch, "offset": offset, "before": before, "catalog": catalog}
    return {**said, "events": events}


def _read(message: bytes, at: int) -> tuple[CutHit, int]:
    """The hit that begins there, by fastavro, and where it ends. Raises UNREADABLE."""
    stream = BytesIO(message)
    stream.seek(at)
    return cut_hit(_read_event(stream)), stream.tell()


def _cut(found: re.Match[bytes]) -> CutHit:
    """Raises ValueError where a text is none."""
    parameters = found.string[found.end(_GROUPS) : found.end()]
    hit = CutHit._make((*found.groups(), _parameters(parameters)))
    for may_be_other in (hit.href, hit.title, hit.ref, hit.agent):
        if not may_be_other.isascii():
            content_of(may_be_other).decode()
    return hit


@lru_cache(PARAMETERS_REMEMBERED_MAX)
def _parameters(encoded: bytes) -> bytes:
    """Most hits have the same ones. Raises ValueError."""
    pairs = _parameter().findall(encoded, 1, len(encoded) - len(_END))
    if encoded[:1] != long(len(pairs)):
        raise ValueError("not as many as there should be")
    return _json([(content_of(name).decode(), content_of(value).decode()) for name, value in pairs])


def _json(parameters: list[tuple[str, str]]) -> bytes:
    return size_and(orjson.dumps(parameters))
