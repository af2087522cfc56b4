"""The `/a1` API of StatHat's official command line tool: HTTP Basic, the user is an access token."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.reads.lookup import in_sight
from api.reads.numbers import number
from api.reads.refused import RefusedError
from api.reads.series import EMPTY, Cell, Series
from api.reads.spans import DAY, Span
from api.reads.stat import Named, Stat, age
from api.reads.stat_list import StatList
from api.reads.stats import Stats
from api.stathat.export import NO_ALERT, frame_of
from api.stathat.timeframes import prose_of
from api.web.access import Access, basic_scheme
from api.web.replies import reply
from tilde.dialects.stathat import BASIC_CHALLENGE
from tilde.domain.catalog.state import Account
from tilde.domain.stats.metrics import Kind
from tilde.runtime.clock import Clock


def _listed(stat: Stat) -> dict[str, Any]:
    return {
        "id": stat.id,
        "name": stat.name,
        "public": False,
        "counter": stat.kind is Kind.COUNTER,
        "data_received_at": stat.received_ms // 1000,
        "created_at": stat.created_ms // 1000,
    }


def _dataset(named: Named, prose: str, cells: list[tuple[int, Cell]]) -> dict[str, Any]:
    """`rcount` is the number of posts; 0 means that there is no data."""
    return {
        "name": named.name,
        "timeframe": prose,
        "kind": "count" if named.kind is Kind.COUNTER else "value",
        "points": [
            {"time": time, "value": number(cell.nearest(named.kind)), "rcount": cell.points} for time, cell in cells
        ],
    }


def router(access: Access, stats: Stats, series: Series, clock: Clock) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/a1", tags=["StatHat"], dependencies=[Depends(basic_scheme)])
    lists = StatList(stats, clock)

    async def caller(request: Request) -> Account:
        return await access.basic(request, BASIC_CHALLENGE)

    Caller = Annotated[Account, Depends(caller)]  # noqa: N806 - an annotation

    @routes.get("/stats", summary="All stats")
    async def all_stats(account: Caller) -> Response:
        found = [stat async for group in lists.groups(account) for stat in group]
        return reply([_listed(stat) for stat in sorted(found, key=age)])

    @routes.get("/alerts", summary="All alerts: there are none yet")
    async def alerts(account: Caller) -> Response:
        return reply([])

    @routes.get("/alerts/{id_}", summary="One alert")
    @routes.delete("/alerts/{id_}", summary="Delete an alert")
    async def alert(account: Caller, id_: str) -> Response:
        raise RefusedError(404, NO_ALERT)

    @routes.get("/stats/{id_}/dataset", summary="One dataset, with the number of posts a bucket")
    async def dataset(account: Caller, id_: str, t: str = "") -> Response:
        prose, buckets = frame_of(t, "", "", clock.now_ms() // 1000)
        named, cells = await in_sight(stats, account, id_, lambda key: series.cells(key, buckets))
        return reply(_dataset(named, prose, list(zip(buckets.starts, cells, strict=True))))

    @routes.get("/stats/{id_}/dataset_full", summary="The whole history, by the day")
    async def dataset_full(account: Caller, id_: str) -> Response:
        named, days = await in_sight(stats, account, id_, series.by_day)
        today = clock.now_ms() // 1000 // DAY
        first, last = min(days, default=today), max(days, default=today)
        span = range(first, max(last, today) + 1)
        prose = f"{prose_of(Span(len(span), 'd'))} @ 1 day"
        return reply(_dataset(named, prose, [(day * DAY, days.get(day, EMPTY)) for day in span]))

    return routes
