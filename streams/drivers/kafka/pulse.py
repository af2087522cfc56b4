"""Notices that this process stood still: stopped, or out of the CPU. By then its partitions may be another's.

A machine that was suspended does not count that time; what is written after it are rows that are there already.
"""

import asyncio

from tilde.errors import TildeError
from tilde.runtime.clock import Clock

STANDSTILL_S_MAX = 4.0  # the group gives partitions away after 6 s of silence; the last heartbeat may be 2 s old
BEAT_S = 0.25


class StoodStillError(TildeError):
    """Nothing may be written any more: somebody else may be at work on the same partitions."""


class Pulse:
    """Beats while the event loop runs. `check` before every write."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last_s = clock.monotonic_s()

    def check(self) -> None:
        """Raises StoodStillError when the last beat is too long ago."""
        still_s = self._clock.monotonic_s() - self._last_s
        if still_s > STANDSTILL_S_MAX:
            raise StoodStillError(f"this process stood still for {still_s:.1f} s; it starts again")

    async def run(self) -> None:
        """Beats until cancelled."""
        while True:
            self.check()
            self._last_s = self._clock.monotonic_s()
            await asyncio.sleep(BEAT_S)
