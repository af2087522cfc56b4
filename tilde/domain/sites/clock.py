"""A site's clock: which day and which hour it is there. A day is a whole number, of days since 1970-01-01.

Days and hours lie side by side: every instant is in one day and in one hour of it, so a sum over them is the sum over
UTC. That holds where clocks change, too. An hour that comes twice is two hours, one that never comes is none; a day may
have 23 hours or 25, and Samoa's 30 December 2011 had none.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from tilde.domain.sites.changes import DAY_S, OffsetChanges, as_days_go, of_summers, of_zone
from tilde.domain.sites.summer_time import IN_THE_EU, IN_THE_USA, SUMMER_S
from tilde.domain.sites.zones import kept_zone

_HOUR_S = 3_600
_OFFSET_S_MAX = DAY_S
"""No clock is further from UTC: 14 hours and summer time, or 15 hours by the sun."""
_CLOCKS_MAX = 512
"""Clocks that are kept; each takes 14 kB, and up to 30 ms of CPU to be made again."""


class Hour(NamedTuple):
    """An hour of a day; what the clock showed when it began, 0 to 23."""

    begins: int
    ends: int
    shown: int


@dataclass(frozen=True, slots=True)
class SiteClock:
    """What the clock of a site shows. No instant and no day makes it raise."""

    _offsets: OffsetChanges
    _day_offsets: OffsetChanges
    """The same, but where days would be cut in two."""

    def offset_at(self, instant: int) -> int:
        """The offset at an instant, in seconds east of UTC, summer time included."""
        return self._offsets.offsets[bisect_right(self._offsets.instants, instant)]

    def day_at(self, instant: int) -> int:
        """Which day it is: the one that the clock shows, or has shown already before it was put back over midnight."""
        return (instant + self._day_offsets.offsets[bisect_right(self._day_offsets.instants, instant)]) // DAY_S

    def begins(self, day: int) -> int:
        """The first second of a day, or of the next one where there was no such day."""
        midnight = day * DAY_S
        last = midnight + _OFFSET_S_MAX
        since = midnight - _OFFSET_S_MAX
        for change in (*self._day_offsets.between(since, last), last):
            begins = midnight - self._day_offsets.at(since)
            if begins < change:
                return max(begins, since)
            since = change
        return last

    def span(self, first_day: int, last_day: int) -> tuple[int, int]:
        """The seconds of these days, both included: from, and to before which. One day's span ends where the next one's
        begins.
        """
        return self.begins(first_day), self.begins(last_day + 1)

    def hours(self, day: int) -> list[Hour]:
        """All of a day, in their order: side by side, and together the day's span. One begins where the clock shows a
        full hour, or has jumped into a later one: where it is put back by half an hour, an hour is as much longer.
        """
        begins, ends = self.span(day, day)
        starts: list[tuple[int, int]] = []
        edges = (begins, *self._offsets.between(begins, ends), ends)
        for since, until in pairwise(edges):
            offset = self._offsets.at(since)
            hour, past_s = divmod(since + offset, _HOUR_S)
            if not starts or not past_s or hour > starts[-1][1]:
                starts.append((since, hour))
            full = since - past_s + _HOUR_S
            starts += ((start, (start + offset) // _HOUR_S) for start in range(full, until, _HOUR_S))
        stops = [*(start for start, _ in starts[1:]), ends]
        return [Hour(start, stop, hour % 24) for (start, hour), stop in zip(starts, stops, strict=True) if start < stop]


@lru_cache(_CLOCKS_MAX)
def clock_of(offset_s: int, rule: str) -> SiteClock:
    """The clock of a setting. A zone that this machine does not know is UTC."""
    offsets = _offsets_of(offset_s, rule)
    return SiteClock(offsets, as_days_go(offsets))


def _offsets_of(offset_s: int, rule: str) -> OffsetChanges:
    match rule:
        case "usa":
            return of_summers(offset_s, IN_THE_USA, shown_s=offset_s)
        case "eu":
            return of_summers(offset_s, IN_THE_EU, shown_s=0)
        case "1":
            return OffsetChanges((), (offset_s + SUMMER_S,))
        case "0":
            return OffsetChanges((), (offset_s,))
    return of_zone(kept_zone(rule))
