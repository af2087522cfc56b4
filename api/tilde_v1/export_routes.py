"""`/tilde/v1/export`: every point of an account."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from api.reads.export import MEDIA_TYPES, WRITERS, Exporter, ExportFormat
from api.reads.formulas import guarded
from api.reads.local_buckets import T_MAX, check_range, instant_of, zone_of
from api.reads.stat import Exported
from api.reads.stats import Stats
from api.tilde_v1.stat_routes import found_stat
from api.web.access import Access, bearer_scheme
from tilde.domain.catalog.state import Account
from tilde.store import StoreReader

From = Annotated[str, Query(alias="from", description="Unix time or ISO 8601; all history unless given.")]
To = Annotated[str, Query(description="Unix time or ISO 8601, itself excluded.")]


def router(access: Access, store: StoreReader, stats: Stats) -> APIRouter:
    """The route."""
    routes = APIRouter(prefix="/tilde/v1", tags=["Stats"], dependencies=[Depends(bearer_scheme)])
    exporter = Exporter(store, stats)

    @routes.get("/export", summary="Every point of an account", response_class=StreamingResponse)
    async def export(
        account: Annotated[Account, Depends(access.bearer)],
        format: ExportFormat = ExportFormat.CSV,  # noqa: A002 - the parameter's name on the wire
        from_: From = "",
        to: To = "",
        stat: Annotated[str, Query(description="Only the stat of this id.")] = "",
    ) -> StreamingResponse:
        """By stat and by receipt. JSON comes as one object a line; in CSV a name that a spreadsheet would take for a
        formula has an apostrophe in front.
        """
        utc = zone_of("UTC")
        range_ = (instant_of(from_, utc) if from_ else 0, instant_of(to, utc) if to else T_MAX)
        check_range(*range_)
        shown = guarded if format is ExportFormat.CSV else str
        # One that is not there is told before anything is streamed.
        one = Exported.of(await found_stat(stats, account, stat)) if stat else None
        keys = exporter.keys_of_one(one, range_, shown) if one else exporter.keys(account, range_, shown)
        headers = {"content-disposition": f'attachment; filename="stats.{format.value}"'}
        return StreamingResponse(WRITERS[format](exporter, keys), headers=headers, media_type=MEDIA_TYPES[format])

    return routes
