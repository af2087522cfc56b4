"""Knows how far clocks are from UTC, and when that changes, between 1970 and 2106: as integers, which are looked up
quickly.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from tilde.domain.sites.summer_time import SUMMER_S

DAY_S = 86_400
_END_S = 2**32
_LOOK_S = 3 * DAY_S
"""The shortest time after which a zone took a change back was seven days: Boa Vista, Noronha and Recife in October
2000. To look every three days from 1970 to 2106 takes 30 ms of CPU, once a zone.
"""


class OffsetChanges(NamedTuple):
    """`offsets[n]`, in seconds east of UTC, holds from `instants[n - 1]` to before `instants[n]`. The first has always
    held, the last holds for ever.
    """

    instants: tuple[int, ...]
    offsets: tuple[int, ...]

    def at(self, instant: int) -> int:
        """The offset that holds at an instant."""
        return self.offsets[bisect_right(self.instants, instant)]

    def between(self, after: int, before: int) -> tuple[int, ...]:
        """The instants when something changes between two, both ends left out."""
        return self.instants[bisect_right(self.instants, after) : bisect_left(self.instants, before)]


def of_summers(standard_s: int, moments: tuple[int, ...], shown_s: int) -> OffsetChanges:
    """The changes of a clock that is an hour on between each pair of `moments`; those are instants that a clock
    `shown_s` seconds east of UTC shows.
    """
    instants = tuple(moment - shown_s for moment in moments)
    return OffsetChanges(instants, (standard_s, *(standard_s + SUMMER_S, standard_s) * (len(moments) // 2)))


def of_zone(zone: tzinfo) -> OffsetChanges:
    """The changes of an IANA zone, found by asking it again and again: `zoneinfo` says what holds at a moment, not when
    that changes.
    """
    instants: list[int] = []
    offsets = [_offset(zone, 0)]
    for instant in range(_LOOK_S, _END_S + _LOOK_S, _LOOK_S):
        offset = _offset(zone, instant)
        if offset != offsets[-1]:
            instants.append(_change(zone, instant - _LOOK_S, instant))
            offsets.append(offset)
    return OffsetChanges(tuple(instants), tuple(offset // timedelta(seconds=1) for offset in offsets))


def _offset(zone: tzinfo, instant: int) -> timedelta:
    offset = datetime.fromtimestamp(instant, zone).utcoffset()
    assert offset is not None
    return offset


def _change(zone: tzinfo, before: int, after: int) -> int:
    """The first second at which the offset is no more that of `before`."""
    offset = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def as_days_go(changes: OffsetChanges) -> OffsetChanges:
    """Where a clock is put back over midnight, the day that it showed goes on: the change comes when midnight is there
    once more. So no day comes twice.

        23:59:59  00:00:00 ... 00:00:59 | 23:01:00 ... 23:59:59  00:00:00     St. John's until 2011
        Saturday  Sunday                |                        the change
    """
    instants = [
        _as_days_go(instant, before, after)
        for instant, (before, after) in zip(changes.instants, pairwise(changes.offsets), strict=True)
    ]
    return changes._replace(instants=tuple(instants))


def _as_days_go(instant: int, before: int, after: int) -> int:
    shown = instant + before
    midnight = shown - shown % DAY_S
    return midnight - after if instant + after < midnight < shown else instant
