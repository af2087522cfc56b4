"""Reads traffic: page views of web sites on their local days.

traffic.totals([7, 9], days)      {7: 840, 9: 0}, page views of all days, each site's days its own
"""

from collections.abc import Collection

from api.reads.tables import Tables
from tilde.domain.sites.day_range import DayRange


class Traffic:
    """Answers for sites of whichever account; whose they are was asked before."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def totals(self, sites: Collection[int], days: DayRange) -> dict[int, int]:
        """Page views of each site in all of its local days of these dates together; 0 of one that had none. Raises
        StoreError.
        """
        totals = dict.fromkeys(sites, 0)
        if totals:
            asked = {"sites": sorted(totals), "first_day": days.first, "last_day": days.last}
            totals |= {row[0]: row[1] for row in await self._tables.rows("traffic.of_sites", asked)}
        return totals
