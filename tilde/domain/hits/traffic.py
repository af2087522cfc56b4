"""Traffic of a site: its page views by its local days. What crawlers do is counted beside, and is no page view.

Of each site so many days are remembered as come in at a time. A day that comes again later, of an edge that was away
for longer, is counted in a part of its own: its total is the sum of its parts.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tilde.domain.hits.hit import HitType

DAYS_KEPT = 8  # an edge that could not ship for a week adds to the days that there are
PAGE_VIEW = HitType.PAGEVIEW.value


class Counts(NamedTuple):
    """What is counted of one day of a site, or of a part of it. `hits` are all of people, `bots` all of crawlers."""

    page_views: int = 0
    hits: int = 0
    bots: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """The sum of two parts of a day."""
        return Counts(self.page_views + other.page_views, self.hits + other.hits, self.bots + other.bots)


class DayPart(NamedTuple):
    """A part of a day of a site, so far. `day` is a number of days since 1970-01-01; `part` the offset of the message
    that began it.
    """

    day: int
    part: int
    page_views: int
    hits: int
    bots: int


KeptDays = Sequence[Sequence[int]]
"""The parts of a site that are remembered, each as a DayPart, one a day, the oldest day first."""


def of_hit(type_: str, bot: str | None) -> Counts:
    """What one hit counts for."""
    if bot is not None:
        return Counts(bots=1)
    return Counts(int(type_ == PAGE_VIEW), 1)


def counted(kept: KeptDays | None, day: int, begins: int, more: Counts) -> tuple[list[list[int]], DayPart]:
    """What is remembered of a site once a message has brought more of a day, and what that day's part is then.
    `begins` is the message's offset.
    """
    parts = [list(part) for part in kept or ()]
    for place, (there, part, *counts) in enumerate(parts):
        if there == day:
            changed = DayPart(day, part, *Counts(*counts).plus(more))
            parts[place] = list(changed)
            return parts, changed
    changed = DayPart(day, begins, *more)
    parts.append(list(changed))
    parts.sort()
    return parts[-DAYS_KEPT:], changed
