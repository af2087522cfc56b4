"""Answers people searches: finds out which texts are meant, of whom the question holds, and what is told of a page of
those.
"""

from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from api.reads.opened import Cell, Opened
from api.reads.people import Identities, People, SealedValue
from tilde.domain.people.question import Compared, Comparison, Part, QuestionError, Span
from tilde.domain.people.search import OF_VALUES, Column, Search, Told
from tilde.domain.people.wanted import matches, of_compared, with_values
from tilde.runtime.tasks import in_thread


class Row(NamedTuple):
    """A person of the answer: his number, who he is where that can be told, and a cell for each column."""

    person: int
    who: str | None
    cells: list[Cell]


class PeopleSearch:
    """Answers for products of whichever account; whose they are was asked before."""

    def __init__(self, people: People, opened: Opened) -> None:
        self._people = people
        self._opened = opened

    async def found(self, product: int, question: Part) -> "array[int]":
        """The persons of whom it holds, ascending. Raises QuestionError, StoreError, QueryLimitError."""
        return await self._people.found(product, await self.meant(product, question))

    async def meant(self, product: int, question: Part) -> Part:
        """The question with the values that are meant in their places. Raises QuestionError, StoreError, LogError."""
        found = {each: await self._texts(product, *each) for each in of_compared(question)}
        return with_values(question, found)

    async def rows(self, product: int, search: Search, persons: Sequence[int]) -> list[Row]:
        """What is told of some of them, in this order. Raises StoreError, QueryLimitError, LogError."""
        whose = await self._people.identities(product, persons)
        columns = [await self._cells(product, whose, column) for column in search.columns]
        return [
            Row(person, self._opened.who(whose[person]), [cells.get(person) for cells in columns]) for person in persons
        ]

    async def _texts(self, product: int, property_: str, compared: Compared) -> frozenset[int]:
        if compared.comparison is Comparison.EQUALS:
            return frozenset({self._opened.hash_of(product, property_, compared.text)})
        if not self._opened.has_keys:
            raise QuestionError("texts are sealed, and the keys are not here: ask whether a value equals one")
        texts = await self._people.texts(product, property_)
        return await in_thread(self._matching, product, property_, compared, texts)

    def _matching(
        self, product: int, property_: str, compared: Compared, texts: Mapping[int, Sequence[SealedValue]]
    ) -> frozenset[int]:
        """The hashes of those of which it holds. A text that nobody has who was not erased is none."""
        found = set()
        for hash_, sealed in texts.items():
            opened = (self._opened.text(product, property_, value) for value in sealed)
            text = next((each for each in opened if each is not None), None)
            if text is not None and matches(compared, text):
                found.add(hash_)
        return frozenset(found)

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
            person: self._opened.value(product, column.name, values.first if first else values.last)
            for person, values in had.items()
        }


def _occasion(told: Told, times: int, first: int, last: int) -> int:
    return {Told.TIMES: times, Told.FIRST_TIME: first}.get(told, last)
