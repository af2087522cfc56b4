"""Sums and averages of a stat's numbers, where they are beyond all floats too."""

from collections.abc import Mapping
from math import inf

import pytest

from api.reads.stats.series import EMPTY, MOST, SCALE, Bucketed, cells_of
from tilde.domain.stats.metrics import Kind
from tilde.store import Row


class Asked:
    """Tables that answer each read by its scale."""

    def __init__(self, plain: list[Row], scaled: list[Row]) -> None:
        self.scales: list[object] = []
        self._answers = {1.0: plain, SCALE: scaled}

    async def rows(self, name: str, where: Mapping[str, object]) -> list[Row]:
        self.scales.append(where["scale"])
        return self._answers[where["scale"]]


@pytest.mark.parametrize(
    ("cell", "counter", "value"),
    [
        (Bucketed(6.0, 3), 6.0, 2.0),
        (EMPTY, 0.0, 0.0),
        (Bucketed(inf, 4, SCALE * MOST * 2), MOST, MOST / 2),
        (Bucketed(-inf, 4, -SCALE * MOST * 2), -MOST, -MOST / 2),
        (Bucketed(-inf, 1, -SCALE * MOST * 2), -MOST, -MOST),
    ],
)
def test_forms_that_know_numbers_only_get_the_nearest_one(cell: Bucketed, counter: float, value: float) -> None:
    """Above and below; an average is never beyond all floats, and is none without data."""
    assert cell.nearest(Kind.COUNTER) == counter
    assert cell.nearest(Kind.VALUE) == value
    assert cell.mean == (None if cell is EMPTY else value)


async def test_sums_that_are_floats_are_asked_for_once() -> None:
    tables = Asked([(7, 1.5, 2), (8, -2.0, 1)], [])

    assert await cells_of(tables, "series.step", {}) == {(7,): Bucketed(1.5, 2), (8,): Bucketed(-2.0, 1)}  # type: ignore[arg-type]
    assert tables.scales == [1.0]


async def test_where_one_is_beyond_all_floats_that_one_is_scaled_and_no_other() -> None:
    """Nor is one left out that came between the two reads."""
    tables = Asked([(7, inf, 2), (8, 3.0, 1)], [(7, 5.0, 2), (8, 3.0 * SCALE, 1), (9, 2.0 * SCALE, 1)])

    assert await cells_of(tables, "series.step", {}) == {  # type: ignore[arg-type]
        (7,): Bucketed(5.0 / SCALE, 2, 5.0),
        (8,): Bucketed(3.0, 1),
        (9,): Bucketed(2.0, 1, 2.0 * SCALE),
    }
    assert tables.scales == [1.0, SCALE]
