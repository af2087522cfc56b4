"""Charts of bars: where each bar ends, in whatever size and form they are drawn."""

from collections.abc import Sequence
from typing import NamedTuple


class Bars(NamedTuple):
    """Parts of the height, from the top: where the line of zero is, and where each bar ends that begins there."""

    zero: float
    ends: list[float]


def bars_of(values: Sequence[float]) -> Bars:
    """A bar for each value; those below zero hang from its line. The largest take all of the height."""
    # Divided first: the sum of two very large numbers is none.
    largest = max(map(abs, values), default=0.0) or 1.0
    parts = [value / largest for value in values]
    top = max([0.0, *parts])
    height = (top - min([0.0, *parts])) or 1.0
    return Bars(top / height, [(top - part) / height for part in parts])
