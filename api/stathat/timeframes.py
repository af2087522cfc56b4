"""Spans of time as StatHat writes them (`3h`, `1w3h`, `7d`), and the buckets of its datasets. Pure, and all in UTC.

The buckets of `t=` hang on the minute that now lies in: the first begins one duration before it, the last begins with
it or holds it, so `1w1d` has eight. The end stands: months and years are subtracted from it. Those of `summary=` are
whole days at 00:00 UTC, today the last.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800
POINTS_MAX = 50_000  # a month by the minute is 44,641
_SECONDS = {"m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_WORDS = {"m": "minute", "h": "hour", "d": "day", "w": "week", "M": "month", "y": "year"}
_LARGER = (("m", 60, "h"), ("h", 24, "d"), ("d", 7, "w"), ("M", 12, "y"))
_SPAN = r"([1-9]\d{0,3})([mhdwMy])"
_ONE = re.compile(_SPAN, re.ASCII)
_FRAME = re.compile(_SPAN + _SPAN + f"(?:{_SPAN})?", re.ASCII)


class BadTimeframeError(ValueError):
    """Not a span of time, or one with too many buckets; the message is for who asked."""


@dataclass(frozen=True, slots=True)
class Span:
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
        """The unix second that lies `times` such spans after `instant`; a day the month has not is its last."""
        if self.seconds is not None:
            return instant + times * self.seconds
        return add_months(instant, times * self.months)

    @property
    def prose(self) -> str:
        """In StatHat's words, in the largest unit that divides it: `7d` is `1 week`."""
        number, unit = self.number, self.unit
        for smaller, count, larger in _LARGER:
            if unit == smaller and number % count == 0:
                number, unit = number // count, larger
        return f"{number} {_WORDS[unit]}{'' if number == 1 else 's'}"


ONE_DAY = Span(1, "d")


def add_months(instant: int, months: int) -> int:
    """The same day of the month and time of day, `months` later, or the month's last day where it has no such day."""
    try:
        at = datetime.fromtimestamp(instant, UTC)
        years, month0 = divmod(at.year * 12 + at.month - 1 + months, 12)
        day = min(at.day, calendar.monthrange(years, month0 + 1)[1])
        return int(at.replace(year=years, month=month0 + 1, day=day).timestamp())
    except (ValueError, OverflowError):
        raise BadTimeframeError("out of the range of time") from None


def span_of(text: str) -> Span:
    """The span that a text such as `3h` stands for. Raises BadTimeframeError."""
    match = _ONE.fullmatch(text.strip())
    if match is None:
        raise BadTimeframeError(f"not a span of time: {text[:20]!r}; write a number and one of m h d w M y")
    return Span(int(match[1]), match[2])


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


@dataclass(frozen=True, slots=True)
class Timeframe:
    """A duration in intervals; it ends now, or so long before as `back` says."""

    duration: Span
    interval: Span
    back: Span | None = None

    @property
    def prose(self) -> str:
        """As in `1 week @ 3 hours`."""
        return f"{self.duration.prose} @ {self.interval.prose}"

    def buckets(self, now: int, start: int | None = None) -> Buckets:
        """From `start`, or one duration before the minute of `now`, both ends included. Raises BadTimeframeError."""
        if start is not None:
            return _from_to(start, self.duration.after(start) + 1, self.interval)
        end = now - now % MINUTE
        if self.back is not None:
            end = self.back.after(end, -1)
        months = self.interval.months
        if months and self.duration.months and self.duration.months % months == 0:
            return _months_up_to(end, self.duration.months // months, self.interval)
        return _from_to(self.duration.after(end, -1), end + 1, self.interval)


def timeframe_of(text: str) -> Timeframe:
    """The timeframe that a text such as `1w3h` stands for. Raises BadTimeframeError."""
    match = _FRAME.fullmatch(text.strip())
    if match is None:
        raise BadTimeframeError(f"not a timeframe: {text[:20]!r}; write a duration and an interval, as 1w3h")
    back = Span(int(match[5]), match[6]) if match[5] else None
    return Timeframe(Span(int(match[1]), match[2]), Span(int(match[3]), match[4]), back)


def summary_buckets(duration: Span, now: int, start: int | None = None) -> Buckets:
    """Whole days in UTC: the last ones up to today, or those from the day of `start`. Raises BadTimeframeError."""
    if start is not None:
        first = start - start % DAY
        return _from_to(first, duration.after(first), ONE_DAY)
    tomorrow = now - now % DAY + DAY
    first = duration.after(tomorrow, -1)
    return _from_to(first - first % DAY, tomorrow, ONE_DAY)


def _months_up_to(end: int, times: int, interval: Span) -> Buckets:
    """Buckets of months, counted back from the last: that of the 31st begins on the last day of each."""
    if times > POINTS_MAX:
        raise _too_many()
    starts = tuple(interval.after(end, nth - times) for nth in range(times + 1))
    return Buckets(starts, interval.after(end))


def _too_many() -> BadTimeframeError:
    return BadTimeframeError(f"more than {POINTS_MAX:,} points; take a longer interval")


def _from_to(start: int, before: int, interval: Span) -> Buckets:
    """The buckets that begin at `start` or later, and before `before`; one at least."""
    shortest = interval.seconds or interval.months * 28 * DAY
    if (before - start) / shortest > POINTS_MAX:
        raise _too_many()
    starts = [start]
    while (following := interval.after(start, len(starts))) < before:
        starts.append(following)
    return Buckets(tuple(starts), following)
