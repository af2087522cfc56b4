"""Rows of an answer in an order that was asked for: by a column, bounded."""

from collections.abc import Sequence

import pytest

from api.kissmetrics.kinds.kind import Heading, Results
from api.kissmetrics.queries import sorting
from api.kissmetrics.queries.sorting import Sort, sorted_page
from api.reads.people.opened import Cell
from api.web.refused import RefusedError

ROWS: list[list[Cell]] = [[1, "b", 5], [2, None, 0], [3, "B", 2.5], [4, 7, None], [5, "a", -1]]
HEADINGS = [Heading("KMID"), Heading("Plan"), Heading("2")]


class Told:
    """An answer of some rows; `asked` is what was read of it."""

    def __init__(self, rows: Sequence[list[Cell]] = ROWS) -> None:
        self._rows = rows
        self.asked: list[tuple[int, int]] = []

    async def __call__(self, offset: int, limit: int) -> Results:
        self.asked.append((offset, limit))
        return Results(len(self._rows), HEADINGS, self._rows[offset : offset + limit])


async def order(sort: Sort, offset: int = 0, limit: int = 50, told: Told | None = None) -> list[Cell]:
    found = await sorted_page(told or Told(), sort, offset, limit)
    assert (found.total, found.headings) == (len(ROWS), HEADINGS)
    return [row[0] for row in found.rows]


@pytest.mark.parametrize(
    ("column", "is_descending", "persons"),
    [
        ("KMID", True, [5, 4, 3, 2, 1]),
        ("0", False, [1, 2, 3, 4, 5]),
        ("Plan", False, [4, 5, 3, 1, 2]),
        ("1", True, [1, 3, 5, 4, 2]),
        ("2", False, [5, 2, 3, 1, 4]),
        ("2", True, [1, 3, 2, 5, 4]),
    ],
)
async def test_numbers_stand_before_texts_and_what_is_not_there_last(
    column: str, is_descending: bool, persons: list[int]
) -> None:
    """Whichever way; a label that reads as an index is the label."""
    assert await order(Sort(column, is_descending)) == persons


async def test_a_page_is_one_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which are read in portions."""
    monkeypatch.setattr(sorting, "PORTION_ROWS", 2)
    told = Told()

    assert await order(Sort("2"), offset=1, limit=3, told=told) == [2, 3, 1]
    assert told.asked == [(0, 2), (2, 2), (4, 2)]


async def test_twenty_thousand_rows_are_sorted_and_no_more() -> None:
    """So many are promised."""
    rows: list[list[Cell]] = [[20_001 - nth, None, None] for nth in range(1, 20_002)]

    assert (await sorted_page(Told(rows[:20_000]), Sort("0"), 0, 1)).rows == [[1, None, None]]
    with pytest.raises(RefusedError, match="20001 rows: at most 20000 are sorted"):
        await sorted_page(Told(rows), Sort("0"), 0, 1)


async def test_too_many_rows_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "PORTION_ROWS", 2)
    monkeypatch.setattr(sorting, "SORTED_ROWS_MAX", 4)
    told = Told()
    with pytest.raises(RefusedError, match="5 rows: at most 4 are sorted"):
        await sorted_page(told, Sort("2"), 0, 1)
    assert told.asked == [(0, 2)]


@pytest.mark.parametrize("column", ["3", "plan", "-1", ""])
async def test_a_column_that_is_not_there_is_refused_with_those_that_are(column: str) -> None:
    with pytest.raises(RefusedError, match="0 KMID, 1 Plan, 2 2") as refused:
        await sorted_page(Told(), Sort(column), 0, 1)
    assert refused.value.status == 400


def test_what_is_said_of_the_order() -> None:
    assert Sort.said({"sort": "0", "order": "asc"}) == Sort("0", is_descending=False)
    assert Sort.said({"sort": 0, "order": "DESC"}) == Sort("0", is_descending=True)
    assert Sort.said({"sort": " Plan "}) == Sort("Plan")
    assert Sort.said({"sort": "", "order": "desc"}) is None
    assert Sort.said({"sort": None}) is None
    with pytest.raises(RefusedError, match="order is 'up'"):
        Sort.said({"sort": "0", "order": "up"})
