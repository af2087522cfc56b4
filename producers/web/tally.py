"""What a dialect took in and what it refused, counted since the start."""

from collections import Counter
from enum import Enum

PRODUCTS_MAX = 10_000  # pairs of a product and a reason that are counted: a metric each


class Tally:
    """`taken` counts numbers, `refused` refusals by reason; each dialect has reasons of its own. `refused_of` counts
    those of single products, a web site's hits, as long as there are not too many.
    """

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.taken = 0
        self.refused: Counter[Enum] = Counter()
        self.refused_of: Counter[tuple[int, Enum]] = Counter()

    def refuse(self, reason: Enum, product: int | None = None) -> None:
        """Counts one refusal; `product` is the one that it was for, where that is known."""
        self.refused[reason] += 1
        if product is not None and ((product, reason) in self.refused_of or len(self.refused_of) < PRODUCTS_MAX):
            self.refused_of[product, reason] += 1
