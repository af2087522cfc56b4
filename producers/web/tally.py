"""What a dialect took in and what it refused, counted since the start."""

from collections import Counter
from enum import Enum


class Tally:
    """`taken` counts numbers, `refused` refusals by reason; each dialect has reasons of its own."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.taken = 0
        self.refused: Counter[Enum] = Counter()
