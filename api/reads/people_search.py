"""Answers people searches: finds out which texts are meant, of whom the question holds, and what is told of a page of
those.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from api.reads.people import Identities, People, SealedValue
from tilde.domain.people.question import Compared, Comparison, Part, QuestionError, Span
from tilde.domain.people.search import OF_VALUES, Column, Search, Told
from tilde.domain.people.values import about_texts
from tilde.domain.people.wanted import matches, of_compared, with_values
from tilde.keys.opener import Opener
from tilde.keys.visitors import ErasedError
from tilde.runtime.tasks import in_thread

Hashing = Callable[[int, str, str], int]
"""The keyed hash of a product's text; the second says what it is about."""
Cell = str | float | int | None


class Row(NamedTuple):
    """A person of the answer: his number, who he is where that can be told, and a cell for each column."""

    person: int
    who: str | None
    cells: list[Cell]


class PeopleSearch:
    """`opener` opens what is sealed; None where this process has no keys."""

    def __init__(self, people: People, hashing: Hashing, opener: Opener | None) -> None:
        self._people = people
        self._hashing = hashing
        self._opener = opener

    async def found(self, product: int, question: Part) -> "array[int]":
        """The persons of whom it holds, ascending. Raises QuestionError, StoreError, QueryLimitError."""
        found = {each: await self._texts(product, *each) for each in of_compared(question)}
        return await self._people.found(product, with_values(question, found))

    async def rows(self, product: int, search: Search, persons: Sequence[int]) -> list[Row]:
        """What is told of some of them, in this order. Raises StoreError, QueryLimitError, LogError."""
        whose = await self._people.identities(product, persons)
        columns = [await self._cells(product, whose, column) for column in search.columns]
        return [Row(person, self._who(whose, person), [cells.get(person) for cells in columns]) for person in persons]

    async def _texts(self, product: int, property_: str, compared: Compared) -> frozenset[int]:
        if compared.comparison is Comparison.EQUALS:
            return frozenset({self._hashed(product, property_, compared.text)})
        if self._opener is None:
            raise QuestionError("texts are sealed, and the keys are not here: ask whether a value equals one")
        texts = await self._people.texts(product, property_)
        return await in_thread(self._matching, product, property_, compared, texts)

    def _matching(
        self, product: int, property_: str, compared: Compared, texts: Mapping[int, Sequence[SealedValue]]
    ) -> frozenset[int]:
        """The hashes of those of which it holds. A text that nobody has who was not erased is none."""
        found = set()
        for hash_, sealed in texts.items():
            opened = (self._text(product, property_, value) for value in sealed)
            text = next((each for each in opened if each is not None), None)
            if text is not None and matches(compared, text):
                found.add(hash_)
        return frozenset(found)

    def _hashed(self, product: int, property_: str, text: str) -> int:
        return self._hashing(product, about_texts(property_), text)

    def _text(self, product: int, property_: str, value: SealedValue) -> str | None:
        """The one of all that were said together that has the hash."""
        said = self._open(value.key, value.said)
        texts: list[str] = said.get("texts", []) if said else []
        return next((text for text in texts if self._hashed(product, property_, text) == value.text), None)

    def _open(self, key: int, sealed: bytes) -> Any:
        if self._opener is None:
            return None
        try:
            return self._opener.opened(key, sealed)
        except ErasedError:
            return None

    def _who(self, whose: Identities, person: int) -> str | None:
        """The identity by which somebody is called: an address where he has one, else the last that he was given."""
        opened = (self._open(sealed.key, sealed.who) for sealed in whose[person])
        named = [one["id"] for one in opened if one]
        return next((name for name in named if "@" in name), named[-1] if named else None)

    async def _cells(self, product: int, whose: Identities, column: Column) -> Mapping[int, Cell]:
        span: Span = column.span
        if not column.is_property:
            did = await self._people.did(product, whose, column.name, span)
            return {person: _occasion(column.told, *occasions) for person, occasions in did.items()}
        had = await self._people.had(product, whose, column.name, span)
        if column.told not in OF_VALUES:
            return {person: _occasion(column.told, *values.occasions) for person, values in had.items()}
        first = column.told is Told.FIRST_VALUE
        return {
            person: self._value(product, column.name, values.first if first else values.last)
            for person, values in had.items()
        }

    def _value(self, product: int, property_: str, value: SealedValue) -> Cell:
        return value.number if value.text is None else self._text(product, property_, value)


def _occasion(told: Told, times: int, first: int, last: int) -> int:
    return {Told.TIMES: times, Told.FIRST_TIME: first}.get(told, last)
