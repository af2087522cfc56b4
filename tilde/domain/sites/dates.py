"""Dates as clients of statistics write them, and the days that they mean on a certain day.

    2014-07-17   2008-06   today   yesterday   3-days-ago   last-7-days   previous-30-days
    this-week   last-week   3-weeks-ago   this-month   last-month   2-months-ago   this-year   last-year

and two of them with a comma between, `2014-07-17,2014-07-23`. A week, a month and a year are those of the calendar.
`last-7-days` ends today, `previous-7-days` yesterday. What is still to come is left out: on a Wednesday `this-week` has
three days, since days without hits would spoil an average.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tilde.domain.sites.day_range import DayRange, date_of, day_of

MONDAY = 0
SUNDAY = 6


class WeekBegins(StrEnum):
    """On which day a week begins, as a setting names it."""

    MONDAY = "monday"
    SUNDAY = "sunday"

    @property
    def weekday(self) -> int:
        """The number of the day, 0 for Monday to 6 for Sunday."""
        return MONDAY if self is WeekBegins.MONDAY else SUNDAY


_TEXT_MAX = 100
_WEEK_DAYS = 7
_THURSDAY = 3  # 1970-01-01
_MONTHS = 12
_CYCLE_YEARS = 400  # after which the calendar comes again
_CYCLE_DAYS = 146_097
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)
_AGO = re.compile(r"(\d+)-(day|week|month)s?-ago", re.ASCII)
_DAYS = re.compile(r"(last|previous)-(\d+)-days?", re.ASCII)
_NAMED = {
    "today": ("day", 0),
    "yesterday": ("day", 1),
    "this-week": ("week", 0),
    "last-week": ("week", 1),
    "this-month": ("month", 0),
    "last-month": ("month", 1),
    "this-year": ("year", 0),
    "last-year": ("year", 1),
}
RELATIVE_DAYS = (*_NAMED, "3-days-ago", "3-weeks-ago", "3-months-ago", "last-7-days", "previous-7-days")
"""One of each form that says days as they are seen from today."""


@dataclass(frozen=True, slots=True)
class Dates:
    """What dates mean on one day. `week_begins` is 0 for Monday to 6 for Sunday."""

    today: int
    week_begins: int = MONDAY

    def read(self, text: str) -> DayRange | None:
        """The days that are meant, from 1970 to today. None where it is not readable, or no such day has come yet. The
        two ends of a range may stand in either order.
        """
        if len(text) > _TEXT_MAX:
            return None
        parts = [self._part(part.strip().lower()) for part in text.split(",")]
        ranges = [part for part in parts if part is not None]
        if not len(ranges) == len(parts) <= 2:  # noqa: PLR2004 - the two ends
            return None
        first = max(min(one.first for one in ranges), 0)
        last = min(max(one.last for one in ranges), self.today)
        return DayRange(first, last) if first <= last else None

    def _part(self, text: str) -> DayRange | None:
        """What stands before or behind a comma, or alone; of any time."""
        if text in _NAMED:
            return self._ago(*_NAMED[text])
        if found := _AGO.fullmatch(text):
            return self._ago(found[2], int(found[1]))
        if (found := _DAYS.fullmatch(text)) and int(found[2]):
            last = self.today if found[1] == "last" else self.today - 1
            return DayRange(last - int(found[2]) + 1, last)
        return _absolute(text)

    def _ago(self, period: str, ago: int) -> DayRange:
        """The whole day, week, month or year, so many before the one of today."""
        if period == "day":
            return DayRange(self.today - ago, self.today - ago)
        if period == "week":
            into_it = (self.today + _THURSDAY - self.week_begins) % _WEEK_DAYS
            first = self.today - into_it - ago * _WEEK_DAYS
            return DayRange(first, first + _WEEK_DAYS - 1)
        today = date_of(self.today)
        if period == "month":
            return _months(today.year * _MONTHS + today.month - 1 - ago, 1)
        return _months((today.year - ago) * _MONTHS, _MONTHS)


def _absolute(text: str) -> DayRange | None:
    if found := _DAY.fullmatch(text):
        try:
            day = day_of(date(*map(int, found.groups())))
        except ValueError:
            return None
        return DayRange(day, day)
    if found := _MONTH.fullmatch(text):
        year, month = map(int, found.groups())
        return _months(year * _MONTHS + month - 1, 1) if 1 <= month <= _MONTHS else None
    return None


def _months(first: int, months: int) -> DayRange:
    """Whole months, counted from that of January of year 0; of any year."""
    return DayRange(_begins(first), _begins(first + months) - 1)


def _begins(month: int) -> int:
    """The first day of a month. Of a year that `date` has not, too, since who asks may go back as far as he likes."""
    year, rest = divmod(month, _MONTHS)
    cycles = year // _CYCLE_YEARS - 5  # of the one that begins with 2000
    return day_of(date(2000 + year % _CYCLE_YEARS, rest + 1, 1)) + cycles * _CYCLE_DAYS
