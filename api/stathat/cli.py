"""The `/a1` API of StatHat's official command line tool: HTTP Basic, the user is an access token."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.reads.durations import DAY, Duration
from api.reads.numbers import number
from api.reads.stats.lookup import in_sight
from api.reads.stats.series import EMPTY, Bucketed, Series
from api.reads.stats.stat import Named, Stat, age
from api.reads.stats.stat_list import StatList
from api.reads.stats.stats import Stats
from api.stathat.export import NO_ALERT, frame_of
from api.stathat.timeframes import prose_of
from api.web.callers import Caller, Callers, basic_scheme
from api.web.refused import RefusedError
from api.web.replies import reply
from tilde.dialects.stathat.record import BASIC_CHALLENGE
from tilde.domain.stats.metrics import Kind
from tilde.runtime.clock import Clock


def _listed(stat: Stat, *, is_public: bool) -> dict[str, Any]:
    return {
        "id": stat.id,
        "name": stat.name,
        "public": is_public,
        "counter": stat.kind is Kind.COUNTER,
        "data_received_at": stat.received_ms // 1000,
        "created_at": stat.created_ms // 1000,
    }


def _dataset(named: Named, prose: str, cells: list[tuple[int, Bucketed]]) -> dict[str, Any]:
    """`rcount` is the number of posts; 0 means that there is no data."""
    return {
        "name": named.name,
        "timeframe": prose,
        "kind": "count" if named.kind is Kind.COUNTER else "value",
        "points": [
            {"time": time, "value": number(cell.nearest(named.kind)), "rcount": cell.points} for time, cell in cells
        ],
    }


def router(callers: Callers, stats: Stats, series: Series, clock: Clock) -> APIRouter:
    """The routes."""
    calls = _CliCalls(callers, stats, series, clock)
    routes = APIRouter(prefix="/a1", tags=["StatHat"], dependencies=[Depends(calls.holder), Depends(basic_scheme)])
    get, bucket = routes.add_api_route, "One dataset, with the number of posts a bucket"
    get("/stats", calls.all_stats, summary="All stats")
    get("/alerts", calls.alerts, summary="All alerts: there are none yet")
    routes.add_api_route("/alerts/{id_}", calls.alert, methods=["DELETE"], summary="Delete an alert")
    get("/alerts/{id_}", calls.alert, summary="One alert")
    get("/stats/{id_}/dataset", calls.dataset, summary=bucket)
    get("/stats/{id_}/dataset_full", calls.dataset_full, summary="The whole history, by the day")
    return routes


class _CliCalls:
    """What each route does."""

    def __init__(self, callers: Callers, stats: Stats, series: Series, clock: Clock) -> None:
        self._callers = callers
        self._stats = stats
        self._lists = StatList(stats, clock)
        self._series = series
        self._clock = clock

    async def holder(self, request: Request) -> None:
        """Finds whose token it is, for all of them."""
        await self._callers.basic(request, BASIC_CHALLENGE)

    async def all_stats(self, account: Caller) -> Response:
        found = [stat async for group in self._lists.groups(account) for stat in group]
        return reply([_listed(stat, is_public=self._stats.is_public(stat)) for stat in sorted(found, key=age)])

    async def alerts(self, account: Caller) -> Response:
        return reply([])

    async def alert(self, account: Caller, id_: str) -> Response:
        raise RefusedError(404, NO_ALERT)

    async def dataset(self, account: Caller, id_: str, t: str = "") -> Response:
        prose, buckets = frame_of(t, "", "", self._clock.now_ms() // 1000)
        named, cells = await in_sight(self._stats, account, id_, lambda where: self._series.cells(where, buckets))
        return reply(_dataset(named, prose, list(zip(buckets.starts, cells, strict=True))))

    async def dataset_full(self, account: Caller, id_: str) -> Response:
        named, days = await in_sight(self._stats, account, id_, self._series.by_day)
        today = self._clock.now_ms() // 1000 // DAY
        first, last = min(days, default=today), max(days, default=today)
        span = range(first, max(last, today) + 1)
        prose = f"{prose_of(Duration(len(span), 'd'))} @ 1 day"
        return reply(_dataset(named, prose, [(day * DAY, days.get(day, EMPTY)) for day in span]))
