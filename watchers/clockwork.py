"""Shows one watcher the occasions of its clock, each once. Its position is the last one that it has looked at, so those
that were missed while nothing ran come later.
"""

import asyncio
from collections.abc import Callable

from tilde.domain.log.identity import is_plausible
from tilde.eventlog import LogError
from tilde.runtime.clock import Clock
from tilde.runtime.retrying import Retrying
from tilde.runtime.telling import Outage, tell
from tilde.store import StoreError
from watchers.causes import CLOCK, Cause
from watchers.contract import Occasion, Watcher
from watchers.ledger import Ledger
from watchers.occasions import Occasions, due
from watchers.outbox import Outbox

LOOK_S = 5.0  # so late an occasion comes at most; and a clock that is set is noticed
RETRY_S_MIN, RETRY_S_MAX = 1.0, 60.0
AHEAD_MS = 86_400_000  # an hour is summer time, or a clock that was set right: no reason to say anything


class Clockwork:
    """The occasions of one watcher, in order."""

    def __init__(
        self,
        watcher: Watcher,
        occasions: Occasions,
        ledger: Ledger,
        clock: Clock,
        on_commit: Callable[[], object] = lambda: None,
    ) -> None:
        self._watcher = watcher
        self._occasions = occasions
        self._ledger = ledger
        self._outbox = Outbox(ledger)
        self._clock = clock
        self._on_commit = on_commit
        outage = Outage("watchers", f"what {watcher.name} looks at on the clock")
        self._retrying = Retrying((LogError, StoreError), RETRY_S_MIN, RETRY_S_MAX, outage)
        self._has_told = False

    async def run(self) -> None:
        """Looks until cancelled; waits for tables, or a file, that cannot be read or written."""
        while True:
            looked = await self._retrying.run(self.step)
            await asyncio.sleep(0 if looked else LOOK_S)

    async def step(self) -> bool:
        """Looks at the next occasion, where one has come; says whether it did. The first start begins with the next to
        come. A clock that is plainly wrong brings none. Raises LogError, StoreError.
        """
        now_ms = self._clock.now_ms()
        if not is_plausible(now_ms):
            return False
        last_ms = self._ledger.position(self._watcher.name, CLOCK)
        if last_ms is None:
            with self._ledger.transaction():
                self._ledger.save_position(self._watcher.name, CLOCK, now_ms)
            return False
        at_ms = due(self._occasions, last_ms, now_ms)
        if at_ms is None:
            self._tell_of_a_clock_behind(last_ms - now_ms)
            return False
        found = await self._watcher.read(at_ms)
        with self._ledger.transaction():
            effects = self._watcher.look(Occasion(at_ms, found), self._ledger.memory(self._watcher.name))
            self._outbox.add(Cause(self._watcher.name, CLOCK, at_ms), effects, now_ms)
            self._ledger.save_position(self._watcher.name, CLOCK, at_ms)
        if effects:
            self._on_commit()
        return True

    def _tell_of_a_clock_behind(self, ahead_ms: int) -> None:
        """Each occasion comes once: after a clock that ran ahead was set back the next one is long in coming."""
        if ahead_ms > AHEAD_MS and not self._has_told:
            days = ahead_ms // AHEAD_MS
            tell("watchers", f"{self._watcher.name}: the clock was {days} days further; until then nothing is due")
        self._has_told = ahead_ms > AHEAD_MS
