"""Reads people of a product: of whom a question holds, who they are, what they did and had.

found = await people.found(7, question)         [12, 845, ..], persons by their numbers, ascending
await people.identities(7, found[:50])          {12: [SealedIdentity(..), ..], ..}, the first that came first
await people.did(7, identities, "signed up", EVER)      {12: TimesDone(3, 1700000000, 1700086400), ..}
"""

from array import array
from base64 import b64decode
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from api.reads.people import question_sql
from api.reads.people.erased import NOBODY_ERASED, ErasedPeople
from api.reads.tables import Tables
from tilde.domain.people.activity import SealedIdentity
from tilde.domain.people.acts import AskedActs
from tilde.domain.people.question import Part, Span
from tilde.store import Purpose

Identities = Mapping[int, Sequence[SealedIdentity]]
"""By person."""


class TimesDone(NamedTuple):
    """How often, when first and when last, in unix seconds."""

    times: int
    first: int
    last: int


class SealedValue(NamedTuple):
    """A value of a property: a number; or the keyed hash of a text, which is one of those in `said`."""

    number: float | None
    text: int | None
    key: int
    said: bytes

    @classmethod
    def of(cls, row: Sequence[Any]) -> "SealedValue":
        """As a statement gives it."""
        number, text, key, said = row
        return cls(number, text, key, b64decode(said))


class ValuesHad(NamedTuple):
    """When a person was said to have a property, and its first and last value of these."""

    times: TimesDone
    first: SealedValue
    last: SealedValue


class NumbersHad(NamedTuple):
    """What numbers of a property that a person was said to have come to."""

    total: float
    lowest: float
    highest: float
    average: float
    median: float


class LastValue(NamedTuple):
    """The last value of a property, and since when somebody has it, in unix seconds."""

    property: str
    at: int
    value: SealedValue


class SealedAct(NamedTuple):
    """An event that was done, or with `event` None properties that were set, in a second."""

    at: int
    event: str | None
    properties: dict[str, SealedValue]


class People:
    """Answers for products of whichever account; whose they are was asked before. What is told of somebody is from
    after he was erased, if ever; of whom a question holds is asked of all that was done. Raises StoreError.
    """

    def __init__(self, tables: Tables, erased: ErasedPeople = NOBODY_ERASED) -> None:
        self._tables = tables
        self._erased = erased

    async def found(self, product: int, question: Part) -> "array[int]":
        """The persons of whom it holds, ascending. Raises QuestionError."""
        asked = question_sql.found(question)
        values = {"product": product, **asked.parameters}
        body = await self._tables.composed(f"{asked.sql}\nORDER BY person", values, "RowBinary", Purpose.JOB)
        return array("q", body)

    async def identities(self, product: int, persons: Collection[int]) -> dict[int, list[SealedIdentity]]:
        """Those of some persons, the first that came first."""
        found: dict[int, list[SealedIdentity]] = {person: [] for person in persons}
        asked = {"product": product, "persons": sorted(found)}
        for person, identity, key, who, _ in await self._tables.rows("people.identities", asked):
            found[person].append(SealedIdentity(identity, key, b64decode(who)))
        return found

    async def person(self, product: int, identity: int) -> int | None:
        """The person that an identity is of; None of one that is not known."""
        rows = await self._tables.rows("people.person", {"product": product, "identity": identity})
        return rows[0][0] if rows else None

    async def last_values(self, product: int, identities: Sequence[SealedIdentity], limit: int) -> list[LastValue]:
        """The last value of each property of one person, by name; so many at most."""
        asked = self._about(product, _numbers(identities), {"limit": limit})
        rows = await self._tables.rows("people.last_values", asked)
        return [LastValue(name, at, SealedValue.of(value)) for name, at, value in rows]

    async def timeline(
        self, product: int, identities: Sequence[SealedIdentity], before: int, limit: int
    ) -> list[SealedAct]:
        """What one person did before a second, the latest first; so many at most."""
        asked = self._about(product, _numbers(identities), {"before": before, "limit": limit})
        return [
            SealedAct(at, event or None, {name: SealedValue.of(value) for name, value in values})
            for at, event, values in await self._tables.rows("people.timeline", asked)
        ]

    async def acts(self, product: int, asked: AskedActs, whose: Sequence[int] | None, limit: int) -> bytes:
        """The latest acts, those of some identities, or of all: packed, an `ActPlace` each. Raises QueryLimitError."""
        sql, parameters = question_sql.acts(asked, whose)
        values = {"product": product, "limit": limit, **parameters, **self._erased.asked(product, whose)}
        return await self._tables.composed(sql, values, "RowBinary", Purpose.JOB)

    async def said_with(
        self, product: int, seconds: Collection[int], identities: Collection[int]
    ) -> list[tuple[int, int, str, str, SealedValue]]:
        """What was said of some identities in some seconds: second, identity, event, property and value."""
        rows = await self._tables.rows("people.acts.said", self._in_seconds(product, seconds, identities))
        return [(at, identity, event, name, SealedValue.of(value)) for at, identity, event, name, *value in rows]

    async def still_did(
        self, product: int, seconds: Collection[int], identities: Collection[int]
    ) -> set[tuple[int, int, str]]:
        """What some identities did in some seconds and not before they were erased: second, identity and event."""
        rows = await self._tables.rows("people.acts.still_his", self._in_seconds(product, seconds, identities))
        return {(at, identity, event) for at, identity, event in rows}

    def erased(self, product: int) -> Collection[int]:
        """The identities that ever were."""
        return self._erased.identities(product)

    def _in_seconds(self, product: int, seconds: Collection[int], identities: Collection[int]) -> dict[str, Any]:
        when = {"seconds": sorted(seconds), "since": min(seconds, default=0), "last": max(seconds, default=0)}
        return self._about(product, sorted(identities), when)

    async def did(self, product: int, whose: Identities, event: str, span: Span) -> dict[int, TimesDone]:
        """When they did an event; without who never did."""
        rows = await self._tables.rows("people.did_when", {**self._parameters(product, whose, span), "event": event})
        return {person: TimesDone(*times) for person, *times in rows}

    async def had(self, product: int, whose: Identities, property_: str, span: Span) -> dict[int, ValuesHad]:
        """Which values they had; without who had none."""
        rows = await self._tables.rows(
            "people.had_values", {**self._parameters(product, whose, span), "property": property_}
        )
        return {
            person: ValuesHad(TimesDone(*times), SealedValue.of(first), SealedValue.of(last))
            for person, *times, first, last in rows
        }

    async def numbers(self, product: int, whose: Identities, property_: str, span: Span) -> dict[int, NumbersHad]:
        """What the numbers come to that they had; without who had none."""
        rows = await self._tables.rows(
            "people.had_numbers", {**self._parameters(product, whose, span), "property": property_}
        )
        return {person: NumbersHad(*numbers) for person, *numbers in rows}

    def _parameters(self, product: int, whose: Identities, span: Span) -> dict[str, Any]:
        pairs = [(sealed.identity, person) for person, each in whose.items() for sealed in each]
        identities, persons = map(list, zip(*pairs, strict=True)) if pairs else ([], [])
        return self._about(product, identities, {"persons": persons, "since": span.since, "until": span.until})

    def _about(self, product: int, identities: Sequence[int], others: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters of a statement about some identities of a product, with which of them were erased."""
        return {"product": product, "identities": identities, **others, **self._erased.asked(product, identities)}

    async def event_names(self, product: int) -> dict[int, str]:
        """Of a product, by index."""
        return dict(await self._tables.rows("events.indexes", {"product": product}))

    async def property_names(self, product: int) -> dict[int, str]:
        """Of a product, by index."""
        return dict(await self._tables.rows("properties.indexes", {"product": product}))

    async def came_with(self, product: int, events: Collection[str]) -> dict[str, list[int]]:
        """The indexes of the properties that ever came with some events, by these events' names. It looks at all that
        was set, so of a very large product it raises QueryLimitError.
        """
        return dict(await self._tables.rows("properties.of_events", {"product": product, "events": sorted(events)}))

    async def sealed(self, product: int, identities: Collection[int]) -> list[SealedIdentity]:
        """Those that are known of some."""
        rows = await self._tables.rows("people.sealed", {"product": product, "identities": sorted(identities)})
        return [SealedIdentity(identity, key, b64decode(who)) for identity, key, who in rows]

    async def texts(
        self, product: int, property_: str, keys: int, hashes: Collection[int] | None = None
    ) -> dict[int, list[SealedValue]]:
        """The texts that a property has had, all or some, by their keyed hashes, each as some of those had it who did:
        `keys` of them at most.
        """
        asked = {"product": product, "property": property_, "keys": keys}
        asked |= {"is_any": hashes is None, "texts": list(hashes or ())}
        return _texts(await self._tables.rows("people.texts", asked, Purpose.EXPORT))

    async def keys_of_texts(self, product: int, property_: str, hashes: Iterable[int]) -> dict[int, list[SealedValue]]:
        """Some of them, each as all of those had it who did."""
        asked = {"product": product, "property": property_, "texts": list(hashes)}
        return _texts(await self._tables.rows("people.keys_of_texts", asked, Purpose.EXPORT))


def _texts(rows: Iterable[Sequence[Any]]) -> dict[int, list[SealedValue]]:
    return {text: [SealedValue(None, text, key, b64decode(said)) for key, said in sealed] for text, sealed in rows}


def _numbers(identities: Iterable[SealedIdentity]) -> list[int]:
    return [sealed.identity for sealed in identities]
