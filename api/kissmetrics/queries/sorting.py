"""Rows of an answer, sorted by a column that is said by its label or its index.

await sorted_page(told, Sort("Plan", is_descending=True), offset=0, limit=50)
told = await in_order(told, Sort("Plan"))       tells all of them in this order, and reads them once

Numbers come before texts, texts in the order of their letters, and what is not there last, whichever way.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, Self

from fastapi import Depends, Query

from api.kissmetrics.kinds.kind import Heading, Results
from api.kissmetrics.wire.paging import OF_PAGE
from api.reads.people.opened import Cell
from api.web.refused import RefusedError
from tilde.domain.stats.numbers import natural

SORTED_ROWS_MAX = 20_000  # all are read for each page: a second of a processor
PORTION_ROWS = 2_000  # some 100 kB, and others have a turn between
_INDEX_DIGITS_MAX = 4
_ORDERS = {"": False, "asc": False, "desc": True}

_SortBy = Annotated[str | None, Query(alias="sort", description="The label of a column, or its index, from 0.")]
_Order = Annotated[str | None, Query(description="`asc`, which it is unless it is said, or `desc`.")]


async def _of_sort(sort: _SortBy = None, order: _Order = None) -> None:
    """Says in the documentation what `Sort.said` reads of a request."""


OF_ROWS = [*OF_PAGE, Depends(_of_sort)]
"""Dependencies of routes that tell rows, as those of `paging.py`."""
Telling = Callable[[int, int], Awaitable[Results]]
"""Tells rows of an answer: from which on, and how many."""


class Sort(NamedTuple):
    """By which column, as it was said."""

    column: str
    is_descending: bool = False

    @classmethod
    def said(cls, by: Mapping[str, Any]) -> Self | None:
        """That of `sort` and `order`, of a query or a body; None where it says none. Raises RefusedError."""
        column, order = (_text(by.get(name), name) for name in ("sort", "order"))
        if order.lower() not in _ORDERS:
            raise RefusedError(400, f"order is {order!r}: it is asc or desc")
        return cls(column, _ORDERS[order.lower()]) if column else None


def _text(said: object, name: str) -> str:
    """Raises RefusedError."""
    if said is not None and (not isinstance(said, str | int) or isinstance(said, bool)):
        raise RefusedError(400, f"{name} is {said!r}: it is a text")
    return "" if said is None else str(said).strip()


async def sorted_page(told: Telling, sort: Sort, offset: int, limit: int) -> Results:
    """A page of the rows in this order. Raises RefusedError, and what telling raises."""
    found = await first_portion(told)
    nth = _nth(found.headings, sort.column)
    if found.total > SORTED_ROWS_MAX:
        raise RefusedError(400, f"{found.total} rows: at most {SORTED_ROWS_MAX} are sorted; an export has all of them")
    rows = await _sorted(told, found, nth, sort)
    return found._replace(rows=rows[offset : offset + limit])


async def in_order(told: Telling, sort: Sort) -> Telling:
    """Tells the rows in this order, as of now; those that are too many to be sorted in their own. Raises RefusedError,
    and what telling raises.
    """
    found = await first_portion(told)
    nth = _nth(found.headings, sort.column)
    if found.total > SORTED_ROWS_MAX:
        return told
    rows = await _sorted(told, found, nth, sort)

    async def portion(offset: int, limit: int) -> Results:
        return found._replace(rows=rows[offset : offset + limit])

    return portion


async def first_portion(told: Telling) -> Results:
    """That from which `portions` goes on."""
    return await told(0, PORTION_ROWS)


async def portions(told: Telling, found: Results) -> AsyncIterator[Results]:
    """All rows, portion by portion, of which the first is `found`."""
    offset = 0
    while found.rows:
        yield found
        offset += len(found.rows)
        if offset >= found.total:
            return
        found = await told(offset, PORTION_ROWS)


async def _sorted(told: Telling, found: Results, nth: int, sort: Sort) -> list[Sequence[Cell]]:
    """All rows, of which the first are `found`, by the nth column."""
    rows = [row async for portion in portions(told, found) for row in portion.rows]
    there = [row for row in rows if row[nth] is not None]
    there.sort(key=lambda row: _place(row[nth]), reverse=sort.is_descending)
    return there + [row for row in rows if row[nth] is None]


def _nth(headings: Sequence[Heading], said: str) -> int:
    """Raises RefusedError."""
    labels = [heading.label for heading in headings]
    if said in labels:
        return labels.index(said)
    index = natural(said, _INDEX_DIGITS_MAX)
    if index is None or index >= len(labels):
        there = ", ".join(f"{nth} {label}" for nth, label in enumerate(labels))
        raise RefusedError(400, f"sort is {said!r}: it is the index or the label of a column: {there}")
    return index


def _place(cell: Cell) -> tuple[bool, float, str, str]:
    if isinstance(cell, str):
        return True, 0.0, cell.casefold(), cell
    return False, cell or 0.0, "", ""
