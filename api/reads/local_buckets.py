"""Buckets of local time: every instant lies in exactly one, so their sum is the sum in UTC, 23-hour days or not.

A bucket begins where the local clock shows a multiple of its length: midnight, the first of a month, every third hour.
An hour that happens twice is two hours; a reading that never happens begins where the clock jumps over it.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from api.reads.durations import DAY, BadTimeframeError, Buckets, Duration
from tilde.domain.sites.zones import NoZoneError, named
from tilde.domain.texts import trimmed

BUCKETS_MAX = 10_000
T_MAX = 2**32  # one second more than the last that is counted
_TIME_AND_OFFSET = re.compile(r"(.{8,10}[Tt ]\d\d[\d:.,]*) ([+-]?)(\d\d(?::?\d\d){0,2})", re.ASCII)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a reading of a local clock
_MONDAY = datetime(1970, 1, 5)  # noqa: DTZ001
_FOLD_MAX = timedelta(days=1)  # no clock was ever set back by more
_DIGITS_MAX = 18  # of a number that is looked at: int() refuses 5,000 of them
_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10_080}


def zone_of(name: str) -> ZoneInfo:
    """An IANA time zone. Raises BadTimeframeError."""
    try:
        return named(name)
    except NoZoneError as none:
        raise BadTimeframeError(str(none)) from None


def check_range(from_: int, to: int) -> None:
    """Returns where from_..to (unix seconds) is a range of times that can be. Raises BadTimeframeError."""
    if not 0 <= from_ < to <= T_MAX:
        raise BadTimeframeError("`from` must lie before `to`, and both between 1970 and 2106")


def local_buckets(duration: Duration, zone: ZoneInfo, from_: int, to: int) -> Buckets:
    """The buckets that lie in from_..to (unix seconds, `to` excluded), the first and the last possibly only in part.

    Raises BadTimeframeError where that is no range, or there are more than BUCKETS_MAX.
    """
    check_range(from_, to)
    shortest = duration.seconds or duration.months * 28 * DAY
    if (to - from_) / shortest > BUCKETS_MAX:
        raise BadTimeframeError(f"more than {BUCKETS_MAX:,} buckets; take longer ones or a shorter range")
    if zone.key == "UTC" and duration.seconds is not None:
        first = from_ - (from_ - int(_origin(duration).replace(tzinfo=UTC).timestamp())) % duration.seconds
        return Buckets(tuple(range(first, to, duration.seconds)), to)
    starts = sorted(
        {instant for reading in _readings(duration, zone, from_, to) for instant in _instants(reading, zone, duration)}
    )
    return Buckets(tuple(start for start in starts[max(0, bisect_right(starts, from_) - 1) :] if start < to), to)


def _origin(duration: Duration) -> datetime:
    return _MONDAY if duration.unit == "w" else _EPOCH


YEAR_MIN = 1900  # before any number: a bucket of 9,999 years begins there, not in a year without an instant


def _readings(duration: Duration, zone: ZoneInfo, from_: int, to: int) -> Iterator[datetime]:
    """What the local clock shows where a bucket begins, from one before `from_` lies in."""
    first = _reading(from_, zone) - _FOLD_MAX
    last = _reading(to, zone) + _FOLD_MAX
    return takewhile(lambda reading: reading <= last, _multiples(duration, first))


def _multiples(duration: Duration, first: datetime) -> Iterator[datetime]:
    """From the one that `first` lies in, for ever."""
    if duration.months:
        count = (first.year * 12 + first.month - 1) // duration.months
        while True:
            year, month0 = divmod(count * duration.months, 12)
            yield datetime(max(year, YEAR_MIN), month0 + 1, 1)  # noqa: DTZ001
            count += 1
    step = timedelta(minutes=_MINUTES[duration.unit] * duration.number)
    reading = _origin(duration) + (first - _origin(duration)) // step * step
    while True:
        yield reading
        reading += step


def _reading(instant: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(instant, zone).replace(tzinfo=None)


def _instants(reading: datetime, zone: ZoneInfo, duration: Duration) -> Iterator[int]:
    """When the clock shows this: once; twice where it was set back; where it jumps over it, the moment of the jump."""
    first = int(reading.replace(tzinfo=zone).timestamp())
    second = int(reading.replace(tzinfo=zone, fold=1).timestamp())
    if first > second:
        yield _jump(second, first, zone)
        return
    yield first
    if second != first and duration.unit in "mh":  # a day, a week, a month begins once
        yield second


def _jump(before: int, after: int, zone: ZoneInfo) -> int:
    """The first instant with another offset than `before` has."""
    offset = datetime.fromtimestamp(before, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _with_sign(text: str) -> str:
    apart = _TIME_AND_OFFSET.fullmatch(text)
    return text if apart is None else f"{apart[1]}{apart[2] or '+'}{apart[3]}"


def instant_of(text: str, zone: ZoneInfo) -> int:
    """The unix second of a text: a number, or ISO 8601, local without an offset. The plus before an offset, un-encoded,
    arrives as a space. Raises BadTimeframeError.
    """
    text = trimmed(text)
    is_number = text.isascii() and text.isdigit() and len(text) != len("20261231")
    if is_number and len(text) <= _DIGITS_MAX:
        return int(text)
    try:
        at = datetime.fromisoformat("" if is_number else _with_sign(text))
    except ValueError:
        raise BadTimeframeError(f"not a time: {text[:40]!r}; write unix seconds or 2026-12-31T23:59:59") from None
    if at.tzinfo is not None:
        return int(at.timestamp())
    return next(_instants(at.replace(microsecond=0), zone, Duration(1, "d")))


def before(from_: int, to: int, zone: ZoneInfo) -> tuple[int, int]:
    """The period before, which ends where this one begins. Before whole months of the calendar, so also quarters and
    years, as many months; before whole days, so also weeks, as many days; before all else what is as long.
    """
    first, last = _reading(from_, zone), _reading(to, zone)
    if not (_begins_day(from_, zone) and _begins_day(to, zone)):
        return max(0, from_ - (to - from_)), from_
    if first.day == last.day == 1:
        place = 2 * _month(first) - _month(last)
        start = datetime(place // 12, place % 12 + 1, 1)  # noqa: DTZ001
    else:
        start = datetime.combine(first.date() - (last.date() - first.date()), time())
    while (instant := _day_begins(start, zone)) >= from_:  # some zones once left out a day
        start -= timedelta(days=1)
    return max(0, instant), from_


def _month(reading: datetime) -> int:
    return reading.year * 12 + reading.month - 1


def _day_begins(reading: datetime, zone: ZoneInfo) -> int:
    return next(_instants(datetime.combine(reading.date(), time()), zone, Duration(1, "d")))


def _begins_day(instant: int, zone: ZoneInfo) -> bool:
    return _day_begins(_reading(instant, zone), zone) == instant


def iso(instant: int, zone: ZoneInfo) -> str:
    """Local time with its offset."""
    return datetime.fromtimestamp(instant, zone).isoformat()
