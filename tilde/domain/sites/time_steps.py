"""Steps of time by a site's clock: hours, days, weeks or months, side by side. They are those of the calendar, so a day
may have 23 hours, and the first and the last step of a range may be there only in part.
"""

from collections.abc import Iterator
from enum import StrEnum

from tilde.domain.sites.clock import SiteClock
from tilde.domain.sites.day_range import date_of

_DAY_S = 86_400
_WEEK_DAYS = 7
_THURSDAY = 3  # 1970-01-01


class TimeStep(StrEnum):
    """A step of time. The values are durable."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_SHORTEST_S = {
    TimeStep.HOUR: 3_600,
    TimeStep.DAY: 23 * 3_600,
    TimeStep.WEEK: _WEEK_DAYS * _DAY_S - 3_600,
    TimeStep.MONTH: 28 * _DAY_S - 3_600,
}


def steps_at_most(since: int, until: int, step: TimeStep) -> int:
    """How many steps a range can have: so too many are known before they are made."""
    return (until - since) // _SHORTEST_S[step] + 2


def step_starts(clock: SiteClock, since: int, until: int, step: TimeStep, week_begins: int) -> list[int]:
    """When each step of a range begins, in unix seconds: the first one with the range. `week_begins` is 0 for Monday to
    6 for Sunday.
    """
    days = range(clock.day_at(since), clock.day_at(until - 1) + 1)
    begins = {begin for day in days for begin in _begins(clock, day, step, week_begins)}
    return [since, *sorted(begin for begin in begins if since < begin < until)]


def _begins(clock: SiteClock, day: int, step: TimeStep, week_begins: int) -> Iterator[int]:
    """When steps begin on a day."""
    match step:
        case TimeStep.HOUR:
            yield from (hour.begins for hour in clock.hours(day))
        case TimeStep.DAY:
            yield clock.begins(day)
        case TimeStep.WEEK if (day + _THURSDAY) % _WEEK_DAYS == week_begins:
            yield clock.begins(day)
        case TimeStep.MONTH if date_of(day).day == 1:
            yield clock.begins(day)
