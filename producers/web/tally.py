"""What a dialect took in and what it refused, counted since the start."""

import asyncio
from collections import Counter
from enum import Enum
from functools import partial


class Tally:
    """`taken` counts numbers, `refused` refusals by reason; each dialect has reasons of its own."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.taken = 0
        self.refused: Counter[Enum] = Counter()
        self._group: asyncio.Future[None] | None = None
        self._in_group: list[int] = []

    def take_when(self, durable: asyncio.Future[None], numbers: int) -> None:
        """Counts numbers once they are durable; where they cannot be, never. Those of one group are counted at once."""
        if durable is not self._group:
            self._group, self._in_group = durable, []
            durable.add_done_callback(partial(self._end, self._in_group))
        self._in_group.append(numbers)

    def _end(self, in_group: list[int], durable: asyncio.Future[None]) -> None:
        if durable is self._group:
            self._group, self._in_group = None, []
        if durable.exception() is None:
            self.taken += sum(in_group)
