"""Whether what stands behind an edge answers at all, for those who wait for it. A process that was stopped, or that
hangs, keeps its connections open, and a question may take its time: only another question tells the two apart.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tilde.runtime.shared import Shared

QUIET_S = 2.0  # so long somebody waits before it is looked at; a small read takes a tenth of a second


class AnswersNobodyError(Exception):
    """What stands behind the edge answers nobody."""


class Answering:
    """Watches for those who wait. `ping` says whether something that takes no time was answered, and is bounded."""

    def __init__(self, ping: Callable[[], Awaitable[bool]], quiet_s: float = QUIET_S) -> None:
        self._pinged = Shared(ping)
        self._quiet_s = quiet_s

    @asynccontextmanager
    async def required(self) -> AsyncIterator[None]:
        """For a block that waits for an answer: where it does for long, and nothing else is answered either, it ends.
        Raises AnswersNobodyError.
        """
        watch = _Watch(self._pinged, self._quiet_s)
        try:
            async with asyncio.timeout(None) as watch.bound:
                watch.begin()
                try:
                    yield
                finally:
                    watch.end()
        except TimeoutError:
            if watch.bound.expired():
                raise AnswersNobodyError from None
            raise


class _Watch:
    """Looks on behalf of one who waits, and ends his waiting by its bound. Most are answered before it is a task."""

    def __init__(self, pinged: Shared[bool], quiet_s: float) -> None:
        self.bound = asyncio.timeout(None)
        self._pinged = pinged
        self._quiet_s = quiet_s
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._quiet_s, self._become_a_task)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _become_a_task(self) -> None:
        self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while await self._pinged.answer():
            await asyncio.sleep(self._quiet_s)
        self.bound.reschedule(asyncio.get_running_loop().time())
