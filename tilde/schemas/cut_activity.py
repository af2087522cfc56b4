"""Sealed batches of what people did, cut as `cutting` says: the pieces are those that `activity` puts together."""

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from io import BytesIO
from typing import Any, NamedTuple

from tilde.domain.people.activity import Act, Property, SealedIdentity, are_times, fault_of, is_product
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
from tilde.schemas.avro_patterns import ANY, NATURAL, NUMBER, group, one_of, or_null, sized
from tilde.schemas.codec import event_reader
from tilde.schemas.cutting import Cutter, require_text
from tilde.schemas.hot import END, NULL, SOME, any_long_of, content_of, long, long_of
from tilde.schemas.topics import ACTIVITY

NAMES_REMEMBERED_MAX = 20_000
_NAMED, _ALIAS = act_of(Act.EVENT, "")[:-1], act_of(Act.ALIAS)

CutProperty = tuple[bytes, bytes, bytes]
"""Its name, number and text."""


class CutActivity(NamedTuple):
    """One event of topic `activity`: its fields as Avro has them, but for what is said of them here."""

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
    def person(self) -> SealedIdentity:
        """Whose it is."""
        return _person(self.identity, self.key, self.who)

    @property
    def other_person(self) -> SealedIdentity | None:
        """An alias's other identity."""
        found = _other_at()(self.other)
        return None if found is None else _person(*found.groups())


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
    """The event as others have it."""
    *fields, properties, said, _ = event
    return _reader()(BytesIO(b"".join((*fields, properties_of(list(map(b"".join, properties))), said))))


@lru_cache(NAMES_REMEMBERED_MAX)
def name_in(piece: bytes) -> str:
    """What a name says; nearly all come again."""
    return content_of(piece).decode()


_NAME, _PROPERTY_NAME, _SEALED = sized(range(256)), sized(range(1, 256)), sized(range(512))
_NUMBER_OR_NOT, _TEXT_OR_NOT = or_null(ANY + b"{8}"), or_null(NUMBER)
_PROPERTY = b"".join((_PROPERTY_NAME, _NUMBER_OR_NOT, _TEXT_OR_NOT))
_SOME_PROPERTIES = one_of(map(long, range(1, 17))) + b"(?:%b){1,16}" % _PROPERTY
_IDENTITY = (NATURAL, NATURAL, _SEALED)
_EVENT = (
    group(NUMBER),
    group(NATURAL) * 3,
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
    for name, _, _ in event.properties:
        require_text(name)
    return event if _is_whole(event) else event._replace(fault=_fault(event))


def _is_whole(event: CutActivity) -> bool:
    """Where the pattern has matched: it has no name that should have none, and no number below zero."""
    return (
        (event.act == _ALIAS) is (event.other != NULL)
        and are_times(long_of(event.at), long_of(event.received_at))
        and is_product(long_of(event.product))
    )


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


def _person(identity: bytes, key: bytes, who: bytes) -> SealedIdentity:
    return SealedIdentity(any_long_of(identity), any_long_of(key), content_of(who))


cut_activity = Cutter(ACTIVITY.subject, b"".join(_EVENT), _cut, cut_event).batch
"""A sealed batch as `codec.decode` has it, but for its events: each is a CutActivity. Raises PoisonError."""
