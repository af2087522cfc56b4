"""Every point of an account, streamed as CSV, JSON lines or Parquet, whatever their number.

Page by page of the sorting key, so that no more than a page stands in memory at either end: small stats together, a
large one by itself.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from enum import StrEnum
from importlib import import_module
from typing import Any

from api.reads.stats.sights import sights_where
from api.reads.stats.stat import Exported
from api.reads.stats.stats import Stats
from tilde.domain.catalog.state import Account
from tilde.runtime.portions import portions_by_size
from tilde.store import Purpose, Row

PAGE_ROWS = 100_000  # 10 MB in any format
LAST_ID = (1 << 63) - 1  # above 2^53 as well: ids that an older release gave while a clock was far ahead
STATS_A_GROUP = 2_000  # what is said of them goes along with each statement: their ids are 35 kB
SAID_BYTES_MAX = 50_000  # of names and cuts: ClickHouse takes no parameter above 128 kB, and escaping may double a name
CUT_BYTES = 600  # 33 numbers
COLUMNS = ("id", "name", "kind", "time", "number", "received_at")


Range = tuple[int, int]
"""Unix seconds, the end excluded."""
ExportPage = dict[str, Any]
"""Which points a statement reads, as its parameters: at most PAGE_ROWS of them."""


class ExportFormat(StrEnum):
    """What the points are written as."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON: "application/x-ndjson",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}


class Exporter:
    """Reads an account's points in pages, one way through the table in the order of its sorting key."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats
        self._tables = stats.tables

    async def pages(self, account: Account, range_: Range, shown: Callable[[str], str]) -> AsyncIterator[ExportPage]:
        """The pages of all stats in sight, whose names are `shown` so; one that is deleted meanwhile moves no other."""
        where = {"product": account.product, "rows": PAGE_ROWS, **_between(range_)}
        from_metric = 0
        counts: dict[int, int]
        while counts := dict(await self._rows("export.next", {**where, "from_metric": from_metric})):
            *whole, last = counts  # more of the last one may follow
            if not whole or sum(counts.values()) < PAGE_ROWS:
                whole.append(last)
            stats = await self._stats.exported(account.product, whole)
            for some in portions_by_size(stats, _said_bytes, SAID_BYTES_MAX, STATS_A_GROUP):
                async for page in self._pages_of(some, counts, range_, shown):
                    yield page
            from_metric = whole[-1] + 1

    async def _pages_of(
        self, some: list[Exported], counts: Mapping[int, int], range_: Range, shown: Callable[[str], str]
    ) -> AsyncIterator[ExportPage]:
        if len(some) == 1 and counts[some[0].metric] >= PAGE_ROWS:
            async for page in self.pages_of_one(some[0], range_, shown):
                yield page
        else:
            yield _page(some, range_, shown)

    async def pages_of_one(
        self, stat: Exported, range_: Range, shown: Callable[[str], str]
    ) -> AsyncIterator[ExportPage]:
        """The pages of one stat."""
        rest = _page([stat], range_, shown)
        while True:
            ((last, count),) = await self._rows("export.page_end", {**rest, "metric": stat.metric, "rows": PAGE_ROWS})
            if not count:
                return
            yield {**rest, "last_id": last}
            rest = {**rest, "first_id": last + 1}

    async def body(self, name: str, page: ExportPage, format_: str) -> bytes:
        """The rows of a statement for a page, in a format of the engine."""
        return await self._tables.body(name, page, format_, Purpose.EXPORT)

    async def _rows(self, name: str, where: ExportPage) -> list[Row]:
        return await self._tables.rows(name, where, Purpose.EXPORT)


def _said_bytes(stat: Exported) -> int:
    return len(stat.name.encode()) + (CUT_BYTES if stat.sight.ends else 0)


def _page(stats: list[Exported], range_: Range, shown: Callable[[str], str]) -> ExportPage:
    """What picks the points in sight of some stats of one product, and what is said of each."""
    return {
        "product": stats[0].product,
        **sights_where({stat.metric: stat.sight for stat in stats}),
        "first_id": min(stat.sight.first_id for stat in stats),
        "last_id": LAST_ID,
        "ids": [stat.id for stat in stats],
        "names": [shown(stat.name) for stat in stats],
        "kinds": [stat.kind.value for stat in stats],
        **_between(range_),
    }


def _between(range_: Range) -> ExportPage:
    return {"from_ms": range_[0] * 1000, "to_ms": range_[1] * 1000}


async def _csv(exporter: Exporter, pages: AsyncIterator[ExportPage]) -> AsyncIterator[bytes]:
    yield (",".join(COLUMNS) + "\n").encode()
    async for page in pages:
        yield await exporter.body("export.points", page, "CSV")


async def _json(exporter: Exporter, pages: AsyncIterator[ExportPage]) -> AsyncIterator[bytes]:
    async for page in pages:
        yield await exporter.body("export.points", page, "JSONEachRow")


async def _parquet(exporter: Exporter, pages: AsyncIterator[ExportPage]) -> AsyncIterator[bytes]:
    """One row group a page."""
    # Half a second, which no start and no reader waits for.
    module = await asyncio.to_thread(import_module, "api.reads.stats.parquet")
    with module.ParquetPages() as file:
        async for page in pages:
            yield file.take(await exporter.body("export.columns", page, "ArrowStream"))
    yield file.rest()


WRITERS = {ExportFormat.CSV: _csv, ExportFormat.JSON: _json, ExportFormat.PARQUET: _parquet}
