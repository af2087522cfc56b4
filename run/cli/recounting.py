"""`tilde doctor`: counts again what the log says, and compares it with what the tables say.

More comes in meanwhile, so a count in the tables is right where it is no less than a recount up to where the tables
were before they were asked, and no more than one up to where the log ended afterwards. Where nothing comes all three
are equal.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from run.cli.operators import Operator
from run.cli.raw_events import raw_events
from run.cli.tailing import open_log
from tilde.domain.hits.traffic import Counts, of_hit
from tilde.domain.sites.clock import clock_of
from tilde.domain.sites.day_range import date_of
from tilde.own_paths import PROGRESS, SQL
from tilde.schemas.topics import HITS
from tilde.settings import Settings

CountsOfDays = dict[tuple[int, int], Counts]
"""By site and local day, in days since 1970-01-01."""
_TRAFFIC = "SELECT site, toInt32(day) AS number, page_views, hits, bots FROM traffic"
_NONE = Counts()


class TrafficVerdict(NamedTuple):
    """So many `days` of sites were compared; `wrong` has a line for each that differs from the log. `waiting` hits are
    not in the tables yet.
    """

    days: int
    hits: int
    waiting: int
    wrong: list[str]


def check_traffic(settings: Settings, operator: Operator) -> TrafficVerdict:
    """Compares every site's days. Raises TildeError, LogError."""
    before: list[int] = operator.call("GET", PROGRESS)["passed"][HITS.name]
    rows: list[Mapping[str, Any]] = operator.call("POST", SQL, {"query": _TRAFFIC, "format": "json"})
    there = {
        (int(row["site"]), int(row["number"])): Counts(int(row["page_views"]), int(row["hits"]), int(row["bots"]))
        for row in rows
    }
    least, most, waiting = asyncio.run(_recounted(settings, before))
    hits = sum(counts.hits + counts.bots for counts in there.values())
    return TrafficVerdict(len(there), hits, waiting, _differences(there, least, most))


def _differences(there: CountsOfDays, least: CountsOfDays, most: CountsOfDays) -> list[str]:
    wrong = []
    for site, day in sorted(there.keys() | least.keys()):
        key = site, day
        seen, low, high = (counts.get(key, _NONE) for counts in (there, least, most))
        if not all(a <= b <= c for a, b, c in zip(low, seen, high, strict=True)):
            wrong.append(f"site {site}, {date_of(day)}: the tables have {_amounts(seen)}; the log {_range(low, high)}")
    return wrong


def _amounts(counts: Counts) -> str:
    return f"{counts.page_views} page views, {counts.hits} hits, {counts.bots} of bots"


def _range(low: Counts, high: Counts) -> str:
    """What the log may say: more has come in meanwhile."""
    return _amounts(low) if low == high else f"{_amounts(low)} to {_amounts(high)}"


async def _recounted(settings: Settings, before: list[int]) -> tuple[CountsOfDays, CountsOfDays, int]:
    """What the log has up to `before`, up to its end, and how many hits are between."""
    least, most, waiting = CountsOfDays(), CountsOfDays(), 0
    async with open_log(settings) as log:
        for partition in range(HITS.partitions):
            async for offset, _, event in raw_events(log, HITS, partition):
                _count(event, most)
                if offset < before[partition]:
                    _count(event, least)
                else:
                    waiting += 1
    return least, most, waiting


def _count(event: Mapping[str, Any], into: CountsOfDays) -> None:
    day = clock_of(event["clock_offset_s"], event["clock_rule"]).day_at(event["received_at"] // 1000)
    key = event["site"], day
    into[key] = into.get(key, _NONE).plus(of_hit(event["type"], event["bot"]))
