"""Tries a step again until it works, or often enough, and tells once that it does not (by an Outage)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tilde.runtime.telling import Outage

T = TypeVar("T")


class Retrying:
    """Tries again after the errors `on`. All others go to the caller at once.

    The pause before the second try is `pause_s`; where there is a `pause_s_max`, each further one is twice as long, up
    to that. `spread` may change a pause, so that many processes do not try at the same moment. Where there is a
    `tries_max`, what the last of so many tries fails with goes to the caller, too.

    `trouble`: what the last try failed with; None once one has worked.
    """

    def __init__(
        self,
        on: type[Exception] | tuple[type[Exception], ...],
        pause_s: float,
        pause_s_max: float | None = None,
        outage: Outage | None = None,
        spread: Callable[[float], float] = float,
        tries_max: int | None = None,
    ) -> None:
        self._on = on
        self._pause_s = pause_s
        self._pause_s_max = pause_s_max or pause_s
        self._outage = outage
        self._spread = spread
        self._tries_max = tries_max
        self.trouble: str | None = None

    async def run(self, step: Callable[[], Awaitable[T]]) -> T:
        """What `step` returns, once it works. Raises what is not tried again."""
        pause_s, tries, has_failed = self._pause_s, 0, False
        try:
            while True:
                tries += 1
                try:
                    result = await step()
                except self._on as error:
                    has_failed = True
                    self._failed(step, error)
                    if tries == self._tries_max:
                        raise
                    await asyncio.sleep(self._spread(pause_s))
                    pause_s = min(2 * pause_s, self._pause_s_max)
                else:
                    self.trouble = None
                    if has_failed and self._outage is not None:
                        self._outage.worked(step)
                    return result
        finally:
            if has_failed and self._outage is not None:
                self._outage.forget(step)

    def _failed(self, step: object, error: Exception) -> None:
        self.trouble = str(error)
        if self._outage is not None:
            self._outage.failed(step, error)
