"""What a dialect has that is no route: a socket, threads, a file. It is open as long as the edge is."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

Opening = Callable[[], AbstractAsyncContextManager[object]]


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

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Has all services be open while the block runs."""
        async with AsyncExitStack() as stack:
            for opening in self._openings:
                await stack.enter_async_context(opening())
            yield
