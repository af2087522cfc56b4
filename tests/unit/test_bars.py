"""Bars of a chart: where each ends, from the top."""

import pytest

from tilde.domain.stats.bars import bars_of


@pytest.mark.parametrize(
    ("values", "zero", "ends"),
    [
        ([], 0.0, []),
        ([0.0, 0.0], 0.0, [0.0, 0.0]),
        ([1.0, 4.0, 0.0], 1.0, [0.75, 0.0, 1.0]),
        ([-1.0, -4.0], 0.0, [0.25, 1.0]),
        ([3.0, -1.0], 0.75, [0.0, 1.0]),
        ([1.5e308, -1.5e308], 0.5, [0.0, 1.0]),
        ([5e-324], 1.0, [0.0]),
    ],
)
def test_the_largest_bars_take_all_of_the_height(values: list[float], zero: float, ends: list[float]) -> None:
    """Of numbers of whichever size, those below zero too."""
    assert bars_of(values) == (zero, pytest.approx(ends))
