"""`/tilde/v1/export`: every point of an account, streamed as CSV, JSON lines or Parquet, whatever their number.

Page by page of the sorting key, so that no more than a page stands in memory at either end: small stats together, a
large one by itself.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from enum import StrEnum
from importlib import import_module
from typing import Any

from api.reads.sights import sights_key
from api.reads.stat import Exported
from api.reads.stats import Stats
from tilde.domain.catalog.state import Account
from tilde.runtime.portions import portions
from tilde.store import Purpose, Row, StoreReader
from tilde.store.migrate import database_of
from tilde.store.sql import statement

PAGE_ROWS = 100_000  # 10 MB in any format
LAST_ID = (1 << 63) - 1  # above 2^53 as well: ids that an older release gave while a clock was far ahead
STATS_A_GROUP = 2_000  # what is said of them goes along with each statement: their ids are 35 kB
SAID_BYTES_MAX = 50_000  # of names and cuts: ClickHouse takes no parameter above 128 kB, and escaping may double a name
CUT_BYTES = 300  # 17 numbers
COLUMNS = ("id", "name", "kind", "time", "number", "received_at")


Range = tuple[int, int]
"""Unix seconds, the end excluded."""
Key = dict[str, Any]
"""The parameters of a statement."""


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

    def __init__(self, store: StoreReader, stats: Stats) -> None:
        self._store = store
        self._stats = stats

    async def keys(self, account: Account, range_: Range, shown: Callable[[str], str]) -> AsyncIterator[Key]:
        """What picks each page of all stats in sight; one that is deleted meanwhile moves no other."""
        where = {"product": account.product, "rows": PAGE_ROWS, **_between(range_)}
        from_metric = 0
        counts: dict[int, int]
        while counts := dict(await self._rows("export.next", {**where, "from_metric": from_metric})):
            *whole, last = counts  # more of the last one may follow
            if not whole or sum(counts.values()) < PAGE_ROWS:
                whole.append(last)
            stats = await self._stats.exported(account.product, whole)
            for some in portions(stats, _said_bytes, SAID_BYTES_MAX, STATS_A_GROUP):
                async for key in self._pages_of(some, counts, range_, shown):
                    yield key
            from_metric = whole[-1] + 1

    async def _pages_of(
        self, some: list[Exported], counts: Mapping[int, int], range_: Range, shown: Callable[[str], str]
    ) -> AsyncIterator[Key]:
        if len(some) == 1 and counts[some[0].metric] >= PAGE_ROWS:
            async for page in self.keys_of_one(some[0], range_, shown):
                yield page
        else:
            yield _key(some, range_, shown)

    async def keys_of_one(self, stat: Exported, range_: Range, shown: Callable[[str], str]) -> AsyncIterator[Key]:
        """What picks each page of one stat."""
        key = _key([stat], range_, shown)
        while True:
            page = {**key, "metric": stat.metric, "rows": PAGE_ROWS}
            ((last, count),) = await self._rows("export.page_end", page)
            if not count:
                return
            yield {**key, "last_id": last}
            key = {**key, "first_id": last + 1}

    async def page(self, name: str, key: Key, format_: str) -> bytes:
        """The rows of a statement for a page, in a format of the engine."""
        parameters = {**key, "database": self._database()}
        return await self._store.body(statement("api.reads", name), parameters, Purpose.EXPORT, format_=format_)

    async def _rows(self, name: str, key: Key) -> list[Row]:
        parameters = {**key, "database": self._database()}
        return await self._store.rows(statement("api.reads", name), parameters, Purpose.EXPORT)

    def _database(self) -> str:
        return database_of(self._stats.catalog.generation)


def _said_bytes(stat: Exported) -> int:
    return len(stat.name.encode()) + (CUT_BYTES if stat.sight.ends else 0)


def _key(stats: list[Exported], range_: Range, shown: Callable[[str], str]) -> Key:
    """What picks the points in sight of some stats of one product, and what is said of each."""
    return {
        "product": stats[0].product,
        **sights_key({stat.metric: stat.sight for stat in stats}),
        "first_id": min(stat.sight.first_id for stat in stats),
        "last_id": LAST_ID,
        "ids": [stat.id for stat in stats],
        "names": [shown(stat.name) for stat in stats],
        "kinds": [stat.kind.value for stat in stats],
        **_between(range_),
    }


def _between(range_: Range) -> Key:
    return {"from_ms": range_[0] * 1000, "to_ms": range_[1] * 1000}


async def _csv(exporter: Exporter, keys: AsyncIterator[Key]) -> AsyncIterator[bytes]:
    yield (",".join(COLUMNS) + "\n").encode()
    async for key in keys:
        yield await exporter.page("export.points", key, "CSV")


async def _json(exporter: Exporter, keys: AsyncIterator[Key]) -> AsyncIterator[bytes]:
    async for key in keys:
        yield await exporter.page("export.points", key, "JSONEachRow")


async def _parquet(exporter: Exporter, keys: AsyncIterator[Key]) -> AsyncIterator[bytes]:
    """One row group a page."""
    module = await asyncio.to_thread(
        import_module, "api.reads.parquet"
    )  # half a second, which no start and no reader waits for
    with module.ParquetPages() as pages:
        async for key in keys:
            yield pages.take(await exporter.page("export.columns", key, "ArrowStream"))
    yield pages.rest()


WRITERS = {ExportFormat.CSV: _csv, ExportFormat.JSON: _json, ExportFormat.PARQUET: _parquet}
