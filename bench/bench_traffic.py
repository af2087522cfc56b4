"""How long the traffic of ten thousand web sites over seven days takes, at a hundred million hits of two years.

    python -m bench.bench_traffic [--sites 10000] [--days 730] [--requests 300]

Table `traffic` has a row a site and day, whatever came: 7.3 million rows stand for the hits (some 14 a site and day).
`one site` is the same question of one of them. The target is a p99 below 100 ms. What an edge does besides is its
catalog's: 10,000 numbers are added up there.
"""

import argparse
import asyncio
import random
import tempfile
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from api.reads.tables import Tables
from api.reads.traffic import Traffic
from bench.timing import timed
from tilde.domain.sites.day_range import DayRange
from tilde.store.clickhouse import ClickHouse, open_store
from tilde.store.migrate import migrate

SITES, DAYS, REQUESTS = 10_000, 730, 300
FIRST_DAY = 20_089  # 2025-01-01
ROWS_AT_ONCE = 1_000_000
FILL = """
INSERT INTO tilde_g1.traffic
SELECT
    2 + number % {sites:UInt64}, toDate32({first_day:Int64} + intDiv(number, {sites:UInt64})), 0, number, 0,
    cityHash64(number) % 20, cityHash64(number) % 20 + 4, 1
FROM numbers({from:UInt64}, {rows:UInt64})
"""


async def fill(store: ClickHouse, sites: int, days: int) -> int:
    """Fills the table; returns how many hits its rows stand for."""
    for begins in range(0, sites * days, ROWS_AT_ONCE):
        rows = min(ROWS_AT_ONCE, sites * days - begins)
        await store.execute(FILL, {"sites": sites, "first_day": FIRST_DAY, "from": begins, "rows": rows})
    ((hits,),) = await store.rows("SELECT sum(hits) + sum(bots) FROM tilde_g1.traffic")
    return int(hits)


async def measured(sites: int, days: int, requests: int, folder: Path) -> None:
    """Prints the table."""
    store = await open_store(f"chdb://{folder}")
    await migrate(store, 1)
    hits = await fill(store, sites, days)
    traffic, chance = Traffic(Tables(store, lambda: 1)), random.Random(1)

    async def week(asked: list[int], _: int) -> None:
        first = FIRST_DAY + chance.randrange(days - 7)
        await traffic.totals(asked, DayRange(first, first + 6))

    everything = list(range(2, sites + 2))
    one = await timed(partial(week, everything[:1]), requests)
    every = await timed(partial(week, everything), requests)
    await store.close()
    title = f"{hits:,} hits of {sites:,} sites"
    table = Table("of a week", "CPU ms", "p50 ms", "p99 ms", "ratio", "target", title=title)
    for name, took, target in (("one site", one, ""), (f"{sites:,} sites", every, "p99 100")):
        table.add_row(name, *(f"{ms:.1f}" for ms in took), f"{took.cpu / one.cpu:.1f}", target)
    Console(width=120).print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sites", type=int, default=SITES)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measured(arguments.sites, arguments.days, arguments.requests, Path(folder) / "store"))
