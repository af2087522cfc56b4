"""Days one after the other. A day is a whole number, of days since 1970-01-01, as a table's Date is."""

from dataclasses import dataclass
from datetime import date, timedelta

_FIRST_DAY = date(1970, 1, 1)


def day_of(day: date) -> int:
    """The number of a date: 0 is 1970-01-01."""
    return (day - _FIRST_DAY).days


def date_of(day: int) -> date:
    """What a calendar calls it. Raises OverflowError outside the years 1 to 9999, which no day of a date is."""
    return _FIRST_DAY + timedelta(days=day)


@dataclass(frozen=True, slots=True)
class DayRange:
    """From one day to another, both included."""

    first: int
    last: int

    @property
    def days(self) -> int:
        """How many days it has: one where it begins and ends on the same."""
        return self.last - self.first + 1

    def newest(self, days_max: int) -> "DayRange":
        """The last days of the range; all where there are no more."""
        return DayRange(max(self.first, self.last - days_max + 1), self.last)

    def __str__(self) -> str:
        """As it is written, and read by `dates.py`: `2014-07-17`, or `2014-07-17,2014-07-23`."""
        ends = (self.first,) if self.first == self.last else (self.first, self.last)
        return ",".join(date_of(day).isoformat() for day in ends)
