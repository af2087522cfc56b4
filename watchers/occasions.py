"""The moments at which a watcher looks at the clock. They follow from the time alone, so the last of them is all that
has to be remembered.
"""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol

MINUTE_MS = 60_000
_DAY = timedelta(days=1)


class Occasions(Protocol):
    """Moments without an end. `made_up_max`: of those that were missed, the newest so many are made up, each once."""

    @property
    def made_up_max(self) -> int: ...

    def after(self, at_ms: int) -> int:
        """The first moment later than `at_ms` (both unix milliseconds)."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many minutes, counted from 1970: `Every(60)` is each full hour of UTC."""

    minutes: int
    made_up_max: int = 1

    def after(self, at_ms: int) -> int:
        period_ms = self.minutes * MINUTE_MS
        return (at_ms // period_ms + 1) * period_ms


@dataclass(frozen=True, slots=True)
class Daily:
    """Once each local day. A time that the day lacks (02:30, where clocks go from 2 to 3) is later by as much as clocks
    are put forward: 03:30. One that it has twice counts the first time.
    """

    zone: tzinfo
    hour: int
    minute: int = 0
    made_up_max: int = 7

    def after(self, at_ms: int) -> int:
        day = datetime.fromtimestamp(at_ms / 1000, self.zone).date() - _DAY
        while (moment_ms := self.on(day)) <= at_ms:
            day += _DAY
        return moment_ms

    def on(self, day: date) -> int:
        """The moment of a local day."""
        local = datetime(day.year, day.month, day.day, self.hour, self.minute, tzinfo=self.zone)
        return int(local.astimezone(UTC).timestamp()) * 1000


def due(occasions: Occasions, last_ms: int, now_ms: int) -> int | None:
    """The occasion to look at next, where the last one was at `last_ms`; None where none has come yet. What is older
    than those that are made up is passed over.
    """
    missed: deque[int] = deque(maxlen=occasions.made_up_max)
    at_ms = last_ms
    while (at_ms := occasions.after(at_ms)) <= now_ms:
        missed.append(at_ms)
    return missed[0] if missed else None
