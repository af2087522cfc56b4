"""Corrects the days that somebody asks for: instead of days that he cannot have he gets others, and no error."""

from dataclasses import dataclass

from tilde.domain.sites.dates import MONDAY, Dates
from tilde.domain.sites.day_range import DayRange


@dataclass(frozen=True, slots=True)
class DatePolicy:
    """Which days a client gets instead of those that he cannot have. He is told which ones were taken."""

    default: str
    """What stands for a date that was not sent, is not readable, or has not come yet."""
    days_max: int | None = None
    """Of a longer range its last days are taken."""
    week_begins: int = MONDAY

    def days(self, text: str | None, today: int) -> DayRange:
        """What a client gets who sends this, or nothing, on a day."""
        dates = Dates(today, self.week_begins)
        found = dates.read(text or self.default) or dates.read(self.default) or DayRange(today, today)
        return found if self.days_max is None else found.newest(self.days_max)
