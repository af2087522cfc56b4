"""What a dialect has that is no route: a socket, a task that goes on by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from tilde.runtime.tasks import cancel

Opening = Callable[[], AbstractAsyncContextManager[object]]
Work = Callable[[], Coroutine[Any, Any, None]]


class Services:
    """The services of all dialects, in the order in which they were named. They are opened before the edge answers
    anybody, and closed, the last one first, when it takes no request any more and before its log is closed.
    """

    def __init__(self) -> None:
        self._openings: list[Opening] = []

    def open_with(self, opening: Opening) -> None:
        """Something that is open as long as the edge is: `opening()` is entered, and left at the end. What it raises
        when it is entered ends the edge; what it has taken in is durable once it is left.
        """
        self._openings.append(opening)

    def run_with(self, work: Work) -> None:
        """A task that is cancelled at the end, and whose end before that ends the edge."""
        self._openings.append(lambda: _running(work))

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[list[asyncio.Task[None]]]:
        """Has all services be open while the block runs; the tasks among them must not end before."""
        async with AsyncExitStack() as stack:
            entered = [await stack.enter_async_context(opening()) for opening in self._openings]
            yield [one for one in entered if isinstance(one, asyncio.Task)]


@asynccontextmanager
async def _running(work: Work) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(work())
    try:
        yield task
    finally:
        await cancel(task)
