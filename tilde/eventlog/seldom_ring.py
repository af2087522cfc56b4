"""Rings for posts a few times a second at most: who follows them rests between steps, and each ring wakes a process."""

import asyncio
from collections.abc import Collection

from tilde.eventlog.bell import Bell

RING_S = 0.25


class SeldomRing:
    """Rings a bell at once after a pause, and then for all that has grown within RING_S together. Of the `urgent`
    topics somebody waits for what follows: those are always rung at once.
    """

    def __init__(self, bell: Bell, urgent: Collection[str]) -> None:
        self._bell = bell
        self._urgent = frozenset(urgent)
        self._loop = asyncio.get_running_loop()
        self._grown: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._rung_s = self._loop.time() - RING_S

    def ring(self, *topics: str) -> None:
        """Says that these have grown. Never blocks."""
        if not self._urgent.isdisjoint(topics):
            self._bell.ring(*topics)
            return
        self._grown.update(topics)
        if self._timer is None:
            early_s = self._rung_s + RING_S - self._loop.time()
            if early_s <= 0:
                self._ring()
            else:
                self._timer = self._loop.call_later(early_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._rung_s = self._loop.time()
        self._bell.ring(*self._grown)
        self._grown.clear()

    def close(self) -> None:
        """Rings for what has grown since, and no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._ring()
