"""Reads traffic: page views of web sites on their local days.

traffic.daily([7, 9], days)      {7: 120, 9: 0}, page views a day, each site's days its own
"""

from collections.abc import Collection
from typing import NamedTuple

from api.reads.tables import Tables
from tilde.domain.sites.daily_average import daily_average


class DaysRead(NamedTuple):
    """Some days, both included, in days since 1970-01-01: of each site its local days of these dates."""

    first: int
    last: int

    @property
    def days(self) -> int:
        """How many there are."""
        return self.last - self.first + 1


class Traffic:
    """Answers for sites of whichever account; whose they are was asked before."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def daily(self, sites: Collection[int], days: DaysRead) -> dict[int, int]:
        """Page views a day of each site, on the average, rounded half up; 0 of one that had none. Raises StoreError."""
        return {site: daily_average(total, days.days) for site, total in (await self.totals(sites, days)).items()}

    async def totals(self, sites: Collection[int], days: DaysRead) -> dict[int, int]:
        """Page views of each site in all of the days together. Raises StoreError."""
        totals = dict.fromkeys(sites, 0)
        if totals:
            asked = {"sites": sorted(totals), "first_day": days.first, "last_day": days.last}
            totals |= {row[0]: row[1] for row in await self._tables.rows("traffic.of_sites", asked)}
        return totals
