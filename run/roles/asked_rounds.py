"""Rounds of processors and sink that readers have asked for: shared by all who wait, and so many a second at most."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from tilde.runtime.clock import Clock
from tilde.runtime.shared import Shared

ROUNDS_A_S = 10  # each takes some 10 ms of CPU: whoever asks on and on takes a tenth of a core, as do a thousand who do


class AskedRounds:
    """Makes a round for everybody who has asked since the last one began, where it `is_needed` then. What a round ends
    with is nobody's: who has waited reads what there is.
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
        self._begun_s: deque[float] = deque(maxlen=rounds_a_s)
        self._shared = Shared(self._in_its_turn)

    def ask(self) -> None:
        """Asks for one that begins after this call. Returns at once."""
        self._shared.ask()

    async def one(self) -> None:
        """Returns after one that began after this call, or where none is needed any more."""
        await self._shared.answer()

    async def _in_its_turn(self) -> None:
        if not self._is_needed():
            return
        now_s = self._clock.monotonic_s()
        if len(self._begun_s) == self._begun_s.maxlen and (early_s := self._begun_s[0] + 1.0 - now_s) > 0:
            await asyncio.sleep(early_s)
        self._begun_s.append(self._clock.monotonic_s())
        await self._round()
