"""Asks a question once for all who want its answer: a thousand who ask cost what one does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Asks one question for everybody on an event loop. Those who come while it is asked wait for the next time, all
    together: so nobody gets an answer to a question that was asked before he came.
    """

    def __init__(self, put: Callable[[], Awaitable[T]], turn: Callable[[], Awaitable[object]] | None = None) -> None:
        """`turn` returns when the next question may be put; who comes meanwhile has its answer, too."""
        self._put = put
        self._turn = turn
        self._running: asyncio.Task[T] | None = None
        self._next: asyncio.Task[T] | None = None

    async def answer(self) -> T:
        """What is answered to a question that is put from now on. Raises what it raises."""
        return await asyncio.shield(self.ask())  # one who goes takes nobody's answer away

    def ask(self) -> asyncio.Task[T]:
        """Asks for it without waiting: returns at once. It is everybody's, so nobody cancels it."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
        return self._next

    async def _after(self, before: asyncio.Task[T] | None) -> T:
        if before is not None:
            await asyncio.wait([before])
        try:
            if self._turn is not None:
                await self._turn()
        finally:
            self._running, self._next = self._next, None
        return await self._put()
