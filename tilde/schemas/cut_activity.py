"""Sealed batches of what people did, cut as `cutting` says: the pieces are those that `activity` puts together."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from io import BytesIO
from typing import Any, NamedTuple

from tilde.domain.people.activity import Act, Property, SealedIdentity, fault_of
from tilde.schemas.activity import (
    act_of,
    other_of,
    other_or_not,
    person_of,
    person_pieces,
    properties_of,
    property_pieces,
    said_or_not,
)
from tilde.schemas.avro_patterns import ANY, NATURAL, NUMBER, group, natural, one_of, or_null, sized
from tilde.schemas.codec import event_reader
from tilde.schemas.cutting import Cutter, require_text
from tilde.schemas.hot import END, NULL, SOME, content_of, long
from tilde.schemas.topics import ACTIVITY

NAMES_REMEMBERED_MAX = 20_000
_NAMED, _ALIAS = act_of(Act.EVENT, "")[:-1], act_of(Act.ALIAS)

CutProperty = tuple[bytes, bytes, bytes]
"""Its name, number and text."""


class CutActivity(NamedTuple):
    """One event of topic `activity`. A field holds its Avro bytes, unless something else is said of it here."""

    event: bytes
    product: bytes
    received_at: bytes
    at: bytes
    act: bytes
    """act and name."""
    identity: bytes
    key: bytes
    who: bytes
    other: bytes
    properties: list[CutProperty]
    said: bytes
    fault: str | None = None
    """Why nothing can be made of it."""

    @property
    def name(self) -> bytes:
        """What was done, a text; nothing where it is no event that somebody did."""
        return self.act[len(_NAMED) :]

    @property
    def other_pieces(self) -> Sequence[bytes]:
        """An alias's other identity, its key, and who it is; nothing where there is none."""
        found = _other_at()(self.other)
        return () if found is None else found.groups()


def cut_event(event: Mapping[str, Any]) -> CutActivity:
    """The pieces of an event that was decoded."""
    other = other_of(event)
    return CutActivity(
        long(event["event"]),
        long(event["product"]),
        long(event["received_at"]),
        long(event["at"]),
        act_of(Act(event["act"]), event["name"]),
        *person_pieces(_sealed(event)),
        other_or_not(None if other is None else person_of(_sealed(other))),
        [property_pieces(Property(**each)) for each in event["properties"]],
        said_or_not(event["said"]),
        fault_of(event, other),
    )


def decoded(event: CutActivity) -> dict[str, Any]:
    """The event as those have it that were decoded."""
    *fields, properties, said, _ = event
    return _reader()(BytesIO(b"".join((*fields, properties_of(list(map(b"".join, properties))), said))))


@lru_cache(NAMES_REMEMBERED_MAX)
def name_in(piece: bytes) -> str:
    """What a piece for a name says; nearly all come again."""
    return content_of(piece).decode()


_NAME, _PROPERTY_NAME, _SEALED = sized(range(256)), sized(range(1, 256)), sized(range(512))
_NUMBER_OR_NOT, _TEXT_OR_NOT = or_null(ANY + b"{8}"), or_null(NUMBER)
_PROPERTY = b"".join((_PROPERTY_NAME, _NUMBER_OR_NOT, _TEXT_OR_NOT))
_SOME_PROPERTIES = one_of(map(long, range(1, 17))) + b"(?:%b){1,16}" % _PROPERTY
_IDENTITY = (NATURAL, NATURAL, _SEALED)
_PRODUCT = _AT = natural(32)  # whatever a row can say
_RECEIVED_AT = natural(41)  # until 2039: a later one is read by fastavro, as is what no row can say
_EVENT = (
    group(NUMBER),
    *map(group, (_PRODUCT, _RECEIVED_AT, _AT)),
    group(b"%b%b|%b" % (re.escape(_NAMED), _NAME, one_of((act_of(Act.SET), _ALIAS)))),
    *map(group, _IDENTITY),
    group(or_null(b"".join(_IDENTITY))),
    group(b"(?:%b)?" % _SOME_PROPERTIES, END),
    group(or_null(_SEALED)),
)


def _cut(found: re.Match[bytes]) -> CutActivity:
    """Raises ValueError where a text is none."""
    *fields, properties, said = found.groups()
    event = CutActivity._make((*fields, _properties(properties), said, None))
    if not event.act.isascii():
        require_text(event.name)
    # Where the pattern has matched, there is no name that should not be there, and no number that no row can say.
    return event if (event.act == _ALIAS) is (event.other != NULL) else event._replace(fault=_fault(event))


def _fault(event: CutActivity) -> str | None:
    read = decoded(event)
    return fault_of(read, other_of(read))


def _properties(encoded: bytes) -> list[CutProperty]:
    """Raises ValueError."""
    if encoded == END:
        return []
    properties = _properties_in()(encoded, 1, len(encoded) - len(END))
    if encoded[:1] != long(len(properties)):
        raise ValueError("not as many as there should be")
    for name, _, _ in properties:
        if not name.isascii():
            require_text(name)
    return properties


@cache
def _properties_in() -> Callable[..., list[CutProperty]]:
    return re.compile(group(_PROPERTY_NAME) + group(_NUMBER_OR_NOT) + group(_TEXT_OR_NOT)).findall


@cache
def _other_at() -> Callable[[bytes], re.Match[bytes] | None]:
    return re.compile(re.escape(SOME) + b"".join(map(group, _IDENTITY))).fullmatch


@cache
def _reader() -> Callable[[BytesIO], dict[str, Any]]:
    return event_reader(ACTIVITY.subject)


def _sealed(said: Mapping[str, Any]) -> SealedIdentity:
    return SealedIdentity(said["identity"], said["key"], said["who"])


cut_activity = Cutter(ACTIVITY.subject, b"".join(_EVENT), _cut, cut_event).batch
"""A sealed batch as `codec.decode` has it, but for its events: each is a CutActivity. Raises PoisonError."""
