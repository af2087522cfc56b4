"""Wakes those who wait for something that a round of a loop may bring."""

import asyncio
from collections.abc import Callable


class Rounds:
    """Wakes those who wait whenever a round has ended. For one event loop."""

    def __init__(self) -> None:
        self._end = asyncio.Event()

    def ended(self) -> None:
        """Says that one more round has ended."""
        end, self._end = self._end, asyncio.Event()
        end.set()

    async def until(self, is_reached: Callable[[], bool], ask: Callable[[], object]) -> None:
        """Returns once `is_reached`, which is looked at now and after each round; `ask` is called before each."""
        while not is_reached():
            ask()
            await self._end.wait()
