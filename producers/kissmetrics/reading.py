"""What a request to `/e`, `/s` or `/a` says, read from its parameters: pure rules.

`_k`, `_p`, `_n`, `_t` and `_d` have a meaning, every other name without an underscore in front is a property. What
begins with one and has no meaning is no property either: clients tell of themselves so. It is kept sealed, but for what
says where somebody was and with what: that is not kept at all.
"""

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import NamedTuple

from producers.kissmetrics.reasons import Reason, Rejection
from tilde.dialects.kissmetrics import AT, AT_IS_SAID, AT_MIN_S, KEY, NAME, PERSON
from tilde.domain.people.names import NAME_MAX, name_of
from tilde.domain.people.values import TEXT_BYTES_MAX
from tilde.domain.stats.numbers import unix_seconds
from tilde.domain.texts import is_blank, trimmed
from tilde.web.parameters import Parameters

RAW_NAME_MAX = 4 * NAME_MAX  # of a name as it was sent, with all that is no part of it
NAMES_REMEMBERED_MAX = 2_000  # two kilobytes each, where somebody makes them as long as he can
_NO_FRACTION = re.compile(r"(\d)\.0+\s*$")
"""A whole second as a float has it, `1790000000.0`."""
_OURS = frozenset({KEY, PERSON, NAME, AT, AT_IS_SAID})
_NOT_KEPT = frozenset({"_ip", "_u", "_ua"})
"""The address and the user agent of somebody for whom a server sent it."""


class Said(NamedTuple):
    """What was done, by whom. `name` is an event's, and `other` an alias's second identity; without either, properties
    were set. `at` is in unix seconds; None where the time of receipt counts.
    """

    person: str
    at: int | None
    name: str | None = None
    other: str | None = None
    properties: Collection[tuple[str, str]] = ()
    unknown: Collection[tuple[str, str]] = ()


Read = Callable[[Parameters], Said]
"""Raises Rejection."""


def event(fields: Parameters) -> Said:
    """`/e`: an event with its properties; without a name they are set, as by `/s`."""
    name = _name(fields.get(NAME, ""))
    if not name:
        return properties(fields)
    said, unknown = _rest(fields)
    return Said(_identity(fields.get(PERSON), Reason.NO_PERSON), _at(fields), name, None, said.items(), unknown)


def properties(fields: Parameters) -> Said:
    """`/s`: properties that somebody has from now on."""
    person = _identity(fields.get(PERSON), Reason.NO_PERSON)
    said, unknown = _rest(fields)
    if not said:
        raise Rejection(Reason.NOTHING_SAID)
    return Said(person, _at(fields), None, None, said.items(), unknown)


def alias(fields: Parameters) -> Said:
    """`/a`: two identities, in any order, are one person's."""
    person = _identity(fields.get(PERSON), Reason.NO_PERSON)
    other = _identity(fields.get(NAME), Reason.NO_OTHER_IDENTITY)
    if person == other:
        raise Rejection(Reason.NOTHING_SAID)
    unknown = [(name, value) for name, value in fields.items() if name not in _OURS | _NOT_KEPT]
    return Said(person, _at(fields), None, other, (), unknown)


def _rest(fields: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The properties, each name once, and what is none."""
    said: dict[str, str] = {}
    unknown: list[tuple[str, str]] = []
    for raw, value in fields.items():
        if raw in _OURS:
            continue
        if raw[:1] == "_":
            if raw not in _NOT_KEPT:
                unknown.append((raw, value))
            continue
        name = _name(raw)
        if len(value) > TEXT_BYTES_MAX // 4 and len(value.encode()) > TEXT_BYTES_MAX:
            raise Rejection(Reason.VALUE_TOO_LONG)
        if name:
            said.setdefault(name, value)
        else:
            unknown.append((raw, value))
    return said, unknown


def _name(raw: str) -> str:
    if len(raw) > RAW_NAME_MAX:
        raise Rejection(Reason.NAME_TOO_LONG)
    name = _known(raw)
    if len(name) > NAME_MAX:
        raise Rejection(Reason.NAME_TOO_LONG)
    return name


@lru_cache(NAMES_REMEMBERED_MAX)
def _known(raw: str) -> str:
    """The name that is meant: most come again and again."""
    return name_of(raw)


def _identity(raw: str | None, missing: Reason) -> str:
    identity = trimmed(raw or "")
    if is_blank(identity):
        raise Rejection(missing)
    if len(identity) > NAME_MAX:
        raise Rejection(Reason.IDENTITY_TOO_LONG)
    return identity


def _at(fields: Mapping[str, str]) -> int | None:
    """`_t` is when it was done with `_d=1` alone; else it keeps caches away, and anything may stand there."""
    if fields.get(AT_IS_SAID, "").strip() != "1" or AT not in fields:
        return None
    at = unix_seconds(_NO_FRACTION.sub(r"\1", fields[AT]))
    if at is None or at < AT_MIN_S:
        raise Rejection(Reason.BAD_T)
    return at
