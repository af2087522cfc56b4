"""StatHat's time frames, `t=1w3h` and `summary=7d`, and the buckets of its datasets. Pure, and all in UTC.

The buckets of `t=` hang on the minute that now lies in: the first begins one duration before it, the last begins with
it or holds it, so `1w1d` has eight. The end stands: months and years are subtracted from it. Those of `summary=` are
whole days at 00:00 UTC, today the last.
"""

import re
from dataclasses import dataclass

from api.reads.durations import DAY, DURATION, MINUTE, BadTimeframeError, Buckets, Duration
from tilde.domain.texts import trimmed

POINTS_MAX = 50_000  # a month by the minute is 44,641
ONE_DAY = Duration(1, "d")
_WORDS = {"m": "minute", "h": "hour", "d": "day", "w": "week", "M": "month", "y": "year"}
_LARGER = (("m", 60, "h"), ("h", 24, "d"), ("d", 7, "w"), ("M", 12, "y"))
_FRAME = re.compile(DURATION + DURATION + f"(?:{DURATION})?", re.ASCII)


def prose_of(duration: Duration) -> str:
    """In StatHat's words, in the largest unit that divides it: `7d` is `1 week`."""
    number, unit = duration.number, duration.unit
    for smaller, count, larger in _LARGER:
        if unit == smaller and number % count == 0:
            number, unit = number // count, larger
    return f"{number} {_WORDS[unit]}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Timeframe:
    """A duration in intervals; it ends now, or so long before as `back` says."""

    duration: Duration
    interval: Duration
    back: Duration | None = None

    @property
    def prose(self) -> str:
        """As in `1 week @ 3 hours`."""
        return f"{prose_of(self.duration)} @ {prose_of(self.interval)}"

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
    match = _FRAME.fullmatch(trimmed(text))
    if match is None:
        raise BadTimeframeError(f"not a timeframe: {text[:20]!r}; write a duration and an interval, as 1w3h")
    back = Duration(int(match[5]), match[6]) if match[5] else None
    return Timeframe(Duration(int(match[1]), match[2]), Duration(int(match[3]), match[4]), back)


def summary_buckets(duration: Duration, now: int, start: int | None = None) -> Buckets:
    """Whole days in UTC: the last ones up to today, or those from the day of `start`. Raises BadTimeframeError."""
    if start is not None:
        first = start - start % DAY
        return _from_to(first, duration.after(first), ONE_DAY)
    tomorrow = now - now % DAY + DAY
    first = duration.after(tomorrow, -1)
    return _from_to(first - first % DAY, tomorrow, ONE_DAY)


def _months_up_to(end: int, times: int, interval: Duration) -> Buckets:
    """Buckets of months, counted back from the last: that of the 31st begins on the last day of each."""
    if times > POINTS_MAX:
        raise _too_many()
    starts = tuple(interval.after(end, nth - times) for nth in range(times + 1))
    return Buckets(starts, interval.after(end))


def _too_many() -> BadTimeframeError:
    return BadTimeframeError(f"more than {POINTS_MAX:,} points; take a longer interval")


def _from_to(start: int, before: int, interval: Duration) -> Buckets:
    """The buckets that begin at `start` or later, and before `before`; one at least."""
    shortest = interval.seconds or interval.months * 28 * DAY
    if (before - start) / shortest > POINTS_MAX:
        raise _too_many()
    starts = [start]
    while (following := interval.after(start, len(starts))) < before:
        starts.append(following)
    return Buckets(tuple(starts), following)
