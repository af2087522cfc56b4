"""Reads all that a product's people did and said, sealed as it is: by the second, and in one second as it came.

async for acts in history.acts(7, EVER)     [KeptAct(1409324310, 812, -4411, "purchased", True, [..], 96)], some a page

An act is what one event of the log has left in the tables: an event that was done, properties that were set. Each page
is a statement of its own, so none runs for longer than it takes to read some thousands of rows.
"""

from base64 import b64decode
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from api.reads.people.erased import NOBODY_ERASED, ErasedPeople
from api.reads.tables import Tables
from tilde.domain.people.activity import AT_MAX, SealedIdentity
from tilde.domain.people.question import Span
from tilde.store import Purpose

ROWS = 10_000  # a page: of acts of the usual kind a megabyte. Smaller ones take more of the engine, larger ones no less
SECONDS = 3_600  # that a first page looks at; where few acts are in them, the next looks at twice as many
_BEFORE_ALL = -1
_NOBODY = -1


class KeptProperty(NamedTuple):
    """A property as the tables have it: its number, or the keyed hash of its text."""

    name: str
    number: float | None
    text: int | None


class KeptAct(NamedTuple):
    """What an identity did or had set in a second, and its place in the log. Without an event properties were set.
    `is_his`: not from before he was erased. `sealed_bytes` is how much is sealed of it.
    """

    at: int
    place: int
    identity: int
    event: str
    is_his: bool
    properties: list[KeptProperty]
    sealed_bytes: int


class Whose(NamedTuple):
    """The person that an identity is of, and the identity, sealed."""

    person: int
    sealed: SealedIdentity


class SaidThen(NamedTuple):
    """All texts of an act, sealed with a key."""

    key: int
    said: bytes


class PeopleHistory:
    """Answers for products of whichever account, after it was asked whose. Raises StoreError, QueryLimitError."""

    def __init__(self, tables: Tables, erased: ErasedPeople = NOBODY_ERASED) -> None:
        self._tables = tables
        self._erased = erased

    async def acts(self, product: int, span: Span) -> AsyncIterator[list[KeptAct]]:
        """All acts within a span, some at a time."""
        ends = {"since": min(span.since, AT_MAX), "last": min(span.until - 1, AT_MAX)}
        ((count, at, last),) = await self._rows("people.history.span", product, ends)
        behind, seconds, limit = _BEFORE_ALL, SECONDS, ROWS
        while count and at <= last:
            until = min(at + seconds - 1, last)
            asked = {"since": at, "last": until, "behind": behind, "limit": limit, **self._erased.asked(product)}
            rows = await self._rows("people.history", product, asked)
            acts = _acts(rows)
            if len(rows) < limit:
                at, behind, seconds, limit = until + 1, _BEFORE_ALL, 2 * seconds, ROWS
            elif len(acts) == 1:
                limit *= 2
                continue
            else:
                acts.pop()  # more of it may follow
                at, behind, seconds, limit = acts[-1].at, acts[-1].place, max(seconds // 2, 1), ROWS
            if acts:
                yield acts

    async def said(self, product: int, acts: Sequence[KeptAct]) -> dict[int, SaidThen]:
        """What was said with those of some acts that have texts, by their places."""
        places = [act.place for act in acts if act.sealed_bytes]
        if not places:
            return {}
        asked = {"versions": places, "since": min(act.at for act in acts), "last": max(act.at for act in acts)}
        rows = await self._rows("people.history.said", product, asked)
        return {place: SaidThen(key, b64decode(said)) for place, key, said in rows}

    async def whose(self, product: int, identities: Collection[int]) -> dict[int, Whose]:
        """Of those identities that are known, the person each is of."""
        rows = await self._rows("people.history.whose", product, {"identities": sorted(identities)})
        return {
            identity: Whose(person, SealedIdentity(identity, key, b64decode(who)))
            for identity, person, key, who in rows
        }

    async def several(self, product: int, persons: Collection[int]) -> set[int]:
        """Those of some persons who have several identities."""
        rows = await self._rows("people.history.several", product, {"persons": sorted(persons)})
        return {person for (person,) in rows}

    async def joined(self, product: int, limit: int) -> AsyncIterator[list[int]]:
        """All persons who have several identities, so many at a time."""
        behind = _NOBODY
        while rows := await self._rows("people.history.joined", product, {"behind": behind, "limit": limit}):
            yield (persons := [person for (person,) in rows])
            behind = persons[-1]

    async def _rows(self, name: str, product: int, asked: dict[str, Any]) -> list[Any]:
        return list(await self._tables.rows(name, {"product": product, **asked}, Purpose.EXPORT))


def _acts(rows: Iterable[Sequence[Any]]) -> list[KeptAct]:
    """Of rows of which those of an act follow each other."""
    return [_act(list(same)) for _, same in groupby(rows, key=lambda row: row[:4])]


def _act(rows: list[Sequence[Any]]) -> KeptAct:
    at, place, identity, event, is_his = rows[0][:5]
    properties = [
        KeptProperty(name, None if number is None else float(number), text)
        for *_, name, number, text, _ in rows
        if name
    ]
    return KeptAct(at, place, identity, event, bool(is_his), properties, max(row[-1] for row in rows))
