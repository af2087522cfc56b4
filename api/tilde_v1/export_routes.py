"""`/tilde/v1/export`: every point of an account."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import StreamingResponse

from api.reads.formulas import defused
from api.reads.local_buckets import T_MAX, check_range, instant_of, zone_of
from api.reads.stats.export import MEDIA_TYPES, WRITERS, Exporter, ExportFormat
from api.reads.stats.lookup import stat_in_sight
from api.reads.stats.stat import Exported
from api.reads.stats.stats import Stats
from api.web.callers import Caller, Callers, bearer_scheme, of_product
from tilde.own_paths import ROOT
from tilde.web.documented import told_as

From = Annotated[str, Query(alias="from", description="Unix time or ISO 8601; all history unless given.")]
To = Annotated[str, Query(description="Unix time or ISO 8601, itself excluded.")]


def router(callers: Callers, stats: Stats) -> APIRouter:
    """The route."""
    calls = _ExportCalls(stats)
    routes = APIRouter(
        prefix=ROOT,
        tags=["Stats"],
        dependencies=[Depends(of_product), Depends(callers.holder), Depends(bearer_scheme)],
    )
    told: dict[str, Any] = {"response_class": StreamingResponse, "responses": told_as(*MEDIA_TYPES.values())}
    routes.add_api_route("/export", calls.export, summary="Every point of an account", **told)
    return routes


class _ExportCalls:
    """What the route does."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats
        self._exporter = Exporter(stats)

    async def export(
        self,
        account: Caller,
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
        shown = defused if format is ExportFormat.CSV else str
        # One that is not there is told before anything is streamed.
        one = Exported.of(await stat_in_sight(self._stats, account, stat)) if stat else None
        pages = self._exporter.pages_of_one(one, range_, shown) if one else self._exporter.pages(account, range_, shown)
        headers = {"content-disposition": f'attachment; filename="stats.{format.value}"'}
        pieces = WRITERS[format](self._exporter, pages)
        return StreamingResponse(pieces, headers=headers, media_type=MEDIA_TYPES[format])
