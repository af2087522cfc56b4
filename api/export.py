"""`/tilde/v1/export`: every point of an account, streamed as CSV, JSON lines or Parquet, whatever their number.

Stat by stat and page by page of the sorting key, so that no more than a page stands in memory at either end.
"""

from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from io import RawIOBase
from typing import Annotated, Any

import pyarrow as pa  # type: ignore[import-untyped] # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from api.access import Access, bearer_scheme
from api.local_buckets import T_MAX, check_range, instant_of, zone_of
from api.stat_routes import found_stat
from api.stats import Stat, Stats
from tilde.domain.catalog import Account
from tilde.store import Purpose, StoreReader
from tilde.store.migrate import database_of
from tilde.store.sql import statement

PAGE_ROWS = 100_000  # 10 MB in any format
STATS_A_PAGE = 1_000
COLUMNS = ("id", "name", "kind", "time", "number", "received_at")


class Format(StrEnum):
    """What the points are written as."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


_MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSON: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
}


def guarded(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


class Exporter:
    """Reads an account's points in pages."""

    def __init__(self, store: StoreReader, stats: Stats) -> None:
        self._store = store
        self._stats = stats

    async def stats(self, account: Account) -> AsyncIterator[Stat]:
        """All stats in sight."""
        offset = 0
        while page := await self._stats.page(account, offset, STATS_A_PAGE):
            for stat in page:
                yield stat
            offset += len(page)

    async def pages(
        self, stats: AsyncIterator[Stat], range_: tuple[int, int], name: str, format_: str, shown: Callable[[str], str]
    ) -> AsyncIterator[bytes]:
        """The rows of a statement for each page, in a format of the engine."""
        database = database_of(self._stats.catalog.generation)
        times = {"from_ms": range_[0] * 1000, "to_ms": range_[1] * 1000}
        async for stat in stats:
            about = {"id": stat.id, "name": shown(stat.name), "kind": stat.kind.value}
            key = {"database": database, "product": stat.product, "metric": stat.metric, **times, **about}
            first = stat.first_id
            while (last := await self._page_end(key, first)) is not None:
                parameters = {**key, "first_id": first, "last_id": last}
                yield await self._store.body(statement("api", name), parameters, Purpose.LONG, format_=format_)
                first = last + 1

    async def _page_end(self, key: dict[str, Any], first: int) -> int | None:
        parameters = {**key, "first_id": first, "rows": PAGE_ROWS}
        rows = await self._store.rows(statement("api", "export.page_end"), parameters, Purpose.LONG)
        return rows[0][0] if rows[0][1] else None


async def _csv(exporter: Exporter, stats: AsyncIterator[Stat], range_: tuple[int, int]) -> AsyncIterator[bytes]:
    yield (",".join(COLUMNS) + "\n").encode()
    async for page in exporter.pages(stats, range_, "export.points", "CSV", guarded):
        yield page


async def _json(exporter: Exporter, stats: AsyncIterator[Stat], range_: tuple[int, int]) -> AsyncIterator[bytes]:
    async for page in exporter.pages(stats, range_, "export.points", "JSONEachRow", str):
        yield page


async def _parquet(exporter: Exporter, stats: AsyncIterator[Stat], range_: tuple[int, int]) -> AsyncIterator[bytes]:
    """One row group a page."""
    sink = _Appended()
    with pq.ParquetWriter(sink, _SCHEMA) as writer:
        async for page in exporter.pages(stats, range_, "export.columns", "ArrowStream", str):
            writer.write_table(pa.ipc.open_stream(page).read_all().cast(_SCHEMA))
            yield sink.take()
    yield sink.take()


class _Appended(RawIOBase):
    """A file that is only ever appended to, and keeps nothing that was taken."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, chunk: Any) -> int:
        self._chunks.append(bytes(chunk))
        return len(chunk)

    def take(self) -> bytes:
        """What was written since the last call."""
        chunks, self._chunks = self._chunks, []
        return b"".join(chunks)


_UTC_MS = pa.timestamp("ms", "UTC")
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("name", pa.string()),
        ("kind", pa.string()),
        ("time", _UTC_MS),
        ("number", pa.float64()),
        ("received_at", _UTC_MS),
    ]
)
_WRITERS = {Format.CSV: _csv, Format.JSON: _json, Format.PARQUET: _parquet}
From = Annotated[str, Query(alias="from", description="Unix time or ISO 8601; all history unless given.")]
To = Annotated[str, Query(description="Unix time or ISO 8601, itself excluded.")]


def router(access: Access, store: StoreReader, stats: Stats) -> APIRouter:
    """The route."""
    routes = APIRouter(prefix="/tilde/v1", tags=["Stats"], dependencies=[Depends(bearer_scheme)])
    exporter = Exporter(store, stats)

    async def one(account: Account, id_: str) -> AsyncIterator[Stat]:
        yield await found_stat(stats, account, id_)

    @routes.get("/export", summary="Every point of an account", response_class=StreamingResponse)
    async def export(
        account: Annotated[Account, Depends(access.bearer)],
        format: Format = Format.CSV,  # noqa: A002 - the parameter's name on the wire
        from_: From = "",
        to: To = "",
        stat: Annotated[str, Query(description="Only the stat of this id.")] = "",
    ) -> StreamingResponse:
        """By stat and by receipt. JSON comes as one object a line."""
        utc = zone_of("UTC")
        range_ = (instant_of(from_, utc) if from_ else 0, instant_of(to, utc) if to else T_MAX)
        check_range(*range_)
        if stat:
            await found_stat(stats, account, stat)  # told before anything is streamed
        chosen = one(account, stat) if stat else exporter.stats(account)
        headers = {"content-disposition": f'attachment; filename="stats.{format.value}"'}
        return StreamingResponse(
            _WRITERS[format](exporter, chosen, range_), headers=headers, media_type=_MEDIA_TYPES[format]
        )

    return routes
