"""When the report of a day comes: at an hour of the next one, by the clock of the account it is for. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo

from tilde.domain.catalog.state import Account, Catalog
from tilde.domain.sites.zones import kept_zone
from watchers.occasions import Daily

HOUR = 4
MST = timezone(timedelta(hours=-7), "MST")  # all year: mountain time without summer time
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """`zone` cuts the days; `at` is the moment of each at which the report of the day before comes."""

    zone: tzinfo
    at: Daily

    @classmethod
    def of(cls, account: Account, catalog: Catalog) -> "Schedule":
        """At four in the morning, or at the account's own hour, by the clock of its first product. Where neither is
        set the days are those of UTC, as everywhere, and the report comes at four MST.
        """
        name, hour = catalog.products[account.product].timezone, account.report_hour
        zone = kept_zone(name)
        clock = MST if name is None and hour is None else zone
        return cls(zone, Daily(clock, HOUR if hour is None else hour))

    def due_day(self, now_ms: int) -> date:
        """The newest day whose report has come."""
        today = datetime.fromtimestamp(now_ms / 1000, self.at.zone).date()
        return today - _DAY if self.at.on(today) <= now_ms else today - 2 * _DAY

    def today(self, now_ms: int) -> date:
        """The day that it is."""
        return datetime.fromtimestamp(now_ms / 1000, self.zone).date()

    def begins_s(self, day: date) -> int:
        """When a day begins, in unix seconds."""
        return int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp())
