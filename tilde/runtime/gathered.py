"""Puts the questions together that many ask at about the same time: a hundred cost what a few do."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
Q = TypeVar("Q")
A = TypeVar("A")

Put = Callable[[K, Sequence[Q]], Awaitable[Sequence[A]]]
"""Puts questions of one key together; their answers come in the same order."""


class _Line(Generic[Q, A]):
    """The questions of one key: those that wait, and the tasks that put them."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self.tasks: set[asyncio.Task[None]] = set()
        self.collects = False  # one of the tasks: whoever comes goes with it
        self.free_s = 0.0  # when the next portion may go

    def portion(self, count_max: int) -> list[tuple[Q, asyncio.Future[A]]]:
        """Takes those that have come first; who has gone meanwhile is not asked for."""
        taken = [self.waiting.popleft() for _ in range(min(len(self.waiting), count_max))]
        return [(question, mine) for question, mine in taken if not mine.done()]

    def end(self) -> None:
        """Nobody comes for those who wait any more."""
        for _, mine in self.waiting:
            mine.cancel()
        self.waiting.clear()
        self.collects = False


class Gathered(Generic[K, Q, A]):
    """Puts the questions of each key, on one event loop. One that comes alone goes at once. Of many, those that come
    within `apart_s` go together, `together_max` at most, and where `portions_max` are under way the others wait. So
    nobody's answer is to a question that was put before he came, and keys do not wait for each other.
    """

    def __init__(self, put: Put[K, Q, A], portions_max: int, together_max: int, apart_s: float) -> None:
        self._put = put
        self._portions_max = portions_max
        self._together_max = together_max
        self._apart_s = apart_s
        self._lines: dict[K, _Line[Q, A]] = {}

    async def answer(self, key: K, question: Q) -> A:
        """What is answered to it. Raises what putting it raises, CancelledError included: at the end of the loop nobody
        waits for ever. Who goes takes nobody's answer away.
        """
        mine: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        line = self._lines.setdefault(key, _Line())
        line.waiting.append((question, mine))
        if not line.collects and len(line.tasks) < self._portions_max:
            line.collects = True
            line.tasks.add(asyncio.create_task(self._put_all(key, line)))
        return await mine

    async def _put_all(self, key: K, line: _Line[Q, A]) -> None:
        """Portion after portion, while somebody waits and no other task collects."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await asyncio.sleep(line.free_s - loop.time())
                portion = line.portion(self._together_max)
                line.free_s = loop.time() + self._apart_s
                line.collects = False
                await self._answer(key, portion)
                if line.collects or not line.waiting:
                    return
                line.collects = True
        except asyncio.CancelledError:
            line.end()
            raise
        finally:
            line.tasks.discard(asyncio.current_task())
            if not line.tasks:
                del self._lines[key]

    async def _answer(self, key: K, portion: list[tuple[Q, asyncio.Future[A]]]) -> None:
        if not portion:
            return
        try:
            answers = await self._put(key, [question for question, _ in portion])
        except Exception as error:  # noqa: BLE001 - each of them is told, whatever it is
            for _, mine in portion:
                if not mine.done():
                    mine.set_exception(error)
        except asyncio.CancelledError:
            for _, mine in portion:
                mine.cancel()
            raise
        else:
            for (_, mine), answer in zip(portion, answers, strict=True):
                if not mine.done():
                    mine.set_result(answer)
