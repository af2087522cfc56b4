"""Answers people searches: finds out which texts are meant, of whom the question holds, and what is told of a page of
those.
"""

from array import array
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from api.reads.numbers import number
from api.reads.people.opened import Cell, Opened
from api.reads.people.people import Identities, NumbersHad, People, SealedValue, TimesDone
from api.reads.people.searched_texts import SearchedTexts
from tilde.domain.people.asked_values import of_compared, with_values
from tilde.domain.people.question import Compared, Comparison, Part, Span
from tilde.domain.people.search import TELLING_NUMBERS, TELLING_VALUES, Column, Search, Tells


class PersonRow(NamedTuple):
    """A person of the answer: his number, who he is where that can be told, and a cell for each column."""

    person: int
    who: str | None
    cells: list[Cell]


class PeopleSearch:
    """Answers for products of whichever account; whose they are was asked before."""

    def __init__(self, people: People, opened: Opened) -> None:
        self._people = people
        self._opened = opened
        self._texts_of = SearchedTexts(people, opened)

    async def found(self, product: int, question: Part) -> "array[int]":
        """The persons of whom it holds, ascending. Raises QuestionError, StoreError, QueryLimitError, KeysAwayError."""
        return await self._people.found(product, await self.meant(product, question))

    async def meant(self, product: int, question: Part) -> Part:
        """The question with the values that are meant in their places. Raises QuestionError, StoreError,
        QueryLimitError, KeysAwayError.
        """
        found = {each: await self._texts(product, *each) for each in of_compared(question)}
        return with_values(question, found)

    async def rows(self, product: int, search: Search, persons: Sequence[int]) -> list[PersonRow]:
        """What is told of some of them, in this order. Raises StoreError, QueryLimitError, KeysAwayError."""
        whose = await self._people.identities(product, persons)
        columns = [(column, await self._cells(product, whose, column)) for column in search.columns]
        values = [cell for _, cells in columns for cell in cells.values() if isinstance(cell, SealedValue)]
        plain = await self._opened.plain(chain.from_iterable(whose.values()), values)

        def cell_of(column: Column, person: int, cells: Mapping[int, SealedValue | float]) -> Cell:
            cell = cells.get(person, _never(column))
            return plain.value(product, column.name, cell) if isinstance(cell, SealedValue) else cell

        return [
            PersonRow(
                person,
                plain.who(whose[person]),
                [cell_of(column, person, cells) for column, cells in columns],
            )
            for person in persons
        ]

    async def _texts(self, product: int, property_: str, compared: Compared) -> frozenset[int]:
        if compared.comparison is Comparison.EQUALS:
            return frozenset({self._opened.hash_of(product, property_, compared.text)})
        return await self._texts_of.matching(product, property_, compared)

    async def _cells(self, product: int, whose: Identities, column: Column) -> Mapping[int, SealedValue | float]:
        span: Span = column.span
        if column.told in TELLING_NUMBERS:
            numbers = await self._people.numbers(product, whose, column.name, span)
            return {person: number(_number(column.told, each)) for person, each in numbers.items()}
        if not column.is_property:
            did = await self._people.did(product, whose, column.name, span)
            return {person: _time(column.told, times) for person, times in did.items()}
        had = await self._people.had(product, whose, column.name, span)
        if column.told not in TELLING_VALUES:
            return {person: _time(column.told, values.times) for person, values in had.items()}
        first = column.told is Tells.FIRST_VALUE
        return {person: values.first if first else values.last for person, values in had.items()}


def _never(column: Column) -> int | None:
    """What is told of somebody who did not do it."""
    return 0 if column.told is Tells.TIMES else None


def _time(told: Tells, times: TimesDone) -> int:
    return {Tells.TIMES: times.times, Tells.FIRST_TIME: times.first}.get(told, times.last)


def _number(told: Tells, numbers: NumbersHad) -> float:
    return {
        Tells.TOTAL: numbers.total,
        Tells.LOWEST: numbers.lowest,
        Tells.HIGHEST: numbers.highest,
        Tells.AVERAGE: numbers.average,
    }.get(told, numbers.median)
