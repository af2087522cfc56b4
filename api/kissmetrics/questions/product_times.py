"""Dates that somebody writes, as a product's clock has them."""

from datetime import UTC, datetime

from tilde.domain.people.question import Span
from tilde.domain.sites.clock import SiteClock
from tilde.domain.sites.dates import Dates


class ProductTimes:
    """What a product's clock shows, as of now."""

    def __init__(self, clock: SiteClock, now_s: int, week_begins: int) -> None:
        self._clock = clock
        self._now_s = now_s
        self._week_begins = week_begins

    def days(self, name: str) -> Span | None:
        """Days by their name, `last-7-days`; None where there are none of it."""
        days = Dates(self._clock.day_at(self._now_s), self._week_begins).read(name)
        return None if days is None else Span(*self._clock.span(days.first, days.last))

    def instant(self, shown: datetime) -> int:
        """When it shows this; of a time that it shows twice one of the two."""
        as_utc = int(shown.replace(tzinfo=UTC).timestamp())
        return as_utc - self._clock.offset_at(as_utc - self._clock.offset_at(as_utc))
