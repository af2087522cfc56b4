"""What is taken instead, where somebody asks for days that he cannot have."""

from dataclasses import dataclass

from tilde.domain.sites.dates import MONDAY, Dates
from tilde.domain.sites.day_range import DayRange


@dataclass(frozen=True, slots=True)
class DatePolicy:
    """No date is an error: it is put right, and the client is told the days that were taken."""

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
