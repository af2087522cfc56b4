"""Durations, `3h` or `1M`, and buckets side by side. Pure, and all in UTC."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from tilde.domain.texts import trimmed

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800
DURATION = r"([1-9]\d{0,3})([mhdwMy])"
_SECONDS = {"m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_ONE = re.compile(DURATION, re.ASCII)


class BadTimeframeError(ValueError):
    """Not a span of time, or one with too many buckets; the message is for who asked."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of minutes, hours, days, weeks, months or years; `m` is minutes and `M` months."""

    number: int
    unit: str

    @property
    def seconds(self) -> int | None:
        """Its length, where that is always the same: months and years have none."""
        fixed = _SECONDS.get(self.unit)
        return None if fixed is None else fixed * self.number

    @property
    def months(self) -> int:
        """Its length in months; 0 where it is not made of months."""
        return self.number * {"M": 1, "y": 12}.get(self.unit, 0)

    def after(self, instant: int, times: int = 1) -> int:
        """The unix second that lies `times` of it after `instant`; a day the month has not is its last."""
        if self.seconds is not None:
            return instant + times * self.seconds
        return add_months(instant, times * self.months)


def add_months(instant: int, months: int) -> int:
    """The same day of the month and time of day, `months` later, or the month's last day where it has no such day."""
    try:
        at = datetime.fromtimestamp(instant, UTC)
        years, month0 = divmod(at.year * 12 + at.month - 1 + months, 12)
        day = min(at.day, calendar.monthrange(years, month0 + 1)[1])
        return int(at.replace(year=years, month=month0 + 1, day=day).timestamp())
    except (ValueError, OverflowError):
        raise BadTimeframeError("out of the range of time") from None


def duration_of(text: str) -> Duration:
    """The duration that a text such as `3h` stands for. Raises BadTimeframeError."""
    match = _ONE.fullmatch(trimmed(text))
    if match is None:
        raise BadTimeframeError(f"not a span of time: {text[:20]!r}; write a number and one of m h d w M y")
    return Duration(int(match[1]), match[2])


@dataclass(frozen=True, slots=True)
class Buckets:
    """Buckets side by side: each from its start to the next one's, the last to `end`. Unix seconds, rising."""

    starts: tuple[int, ...]
    end: int

    @property
    def step(self) -> int | None:
        """Their length, where all but the last have the same and the last is no longer."""
        starts = self.starts
        step = (starts[1] if len(starts) > 1 else self.end) - starts[0]
        is_even = starts[-1] - starts[0] == step * (len(starts) - 1) and self.end - starts[-1] <= step
        is_even = is_even and all(at == starts[0] + i * step for i, at in enumerate(starts))
        return step if is_even else None
