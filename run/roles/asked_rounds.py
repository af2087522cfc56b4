"""Makes rounds of processors and sink that readers ask for. All who wait share one, and there are only so many a
second.
"""

import asyncio
from collections.abc import Awaitable, Callable

from tilde.runtime.clock import Clock
from tilde.runtime.shared import Shared

ROUNDS_A_S = 10  # each takes some 10 ms of CPU: whoever asks on and on takes a tenth of a core, as do a thousand who do
AT_ONCE = 3  # after a pause: who posts and reads a few times, one after the other, waits for no turn


class AskedRounds:
    """Makes one round for all who have asked before it began, unless none `is_needed` by then. Nobody is told what a
    round ends with: whoever has waited reads what there is.

    Rounds are spread: after a pause AT_ONCE may follow one another, and then one begins each 1 / `rounds_a_s` seconds.
    So who asks on and on waits a tenth of a second each time, never for the rest of a second whose rounds are spent.
    """

    def __init__(
        self,
        is_needed: Callable[[], bool],
        round_: Callable[[], Awaitable[None]],
        clock: Clock,
        rounds_a_s: int = ROUNDS_A_S,
    ) -> None:
        self._is_needed = is_needed
        self._round = round_
        self._clock = clock
        self._apart_s = 1 / rounds_a_s
        self._next_s = 0.0  # when the next one would begin if all of them were this far apart
        self._shared = Shared(self._made, self._turn)

    def ask(self) -> None:
        """Asks for a round that begins after this call. Returns at once."""
        self._shared.ask()

    async def one(self) -> None:
        """Returns after one that began after this call, or where none is needed any more."""
        await self._shared.answer()

    async def _turn(self) -> None:
        """Who asks meanwhile has the same round: it has not begun."""
        early_s = self._next_s - (AT_ONCE - 1) * self._apart_s - self._clock.monotonic_s()
        if early_s > 0 and self._is_needed():
            await asyncio.sleep(early_s)

    async def _made(self) -> None:
        if self._is_needed():
            self._next_s = max(self._next_s, self._clock.monotonic_s()) + self._apart_s
            await self._round()
