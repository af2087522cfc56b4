"""Cuts what is too much for one go into portions."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def portions(items: Iterable[T], items_max: int) -> Iterator[list[T]]:
    """The items in order, so many at a time: of five, two at a time, [1, 2], [3, 4] and [5]."""
    return portions_by_size(items, lambda _: 1, items_max)


def portions_by_size(
    items: Iterable[T], size: Callable[[T], int], size_max: int, items_max: float = float("inf")
) -> Iterator[list[T]]:
    """The items in order, as many at a time as have `size_max` together; one that is larger stands alone."""
    portion: list[T] = []
    total = 0
    for item in items:
        taken = size(item)
        if portion and (total + taken > size_max or len(portion) == items_max):
            yield portion
            portion, total = [], 0
        portion.append(item)
        total += taken
    if portion:
        yield portion
