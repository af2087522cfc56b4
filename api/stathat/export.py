"""StatHat's export API: `/x/TOKEN/statlist`, `/x/TOKEN/stat`, `/x/TOKEN/data/ID...`, and what its objects look like."""

import asyncio
import re
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.reads.durations import Buckets, duration_of
from api.reads.numbers import number
from api.reads.stats.lookup import NOT_FOUND, in_sight
from api.reads.stats.series import Bucketed, Series
from api.reads.stats.stat import Stat
from api.reads.stats.stat_list import StatList
from api.reads.stats.stats import Stats
from api.stathat.timeframes import prose_of, summary_buckets, timeframe_of
from api.web.callers import Callers
from api.web.refused import RefusedError
from api.web.replies import reply
from tilde.domain.catalog.state import Account
from tilde.domain.stats.metrics import Kind
from tilde.domain.stats.numbers import unix_seconds
from tilde.keys.keyring import Keyring
from tilde.runtime.clock import Clock

PAGE = 10_000  # StatHat's own
IDS_MAX = 5  # as StatHat: those after the fifth are ignored
DEFAULT_FRAME = "1w3h"
NO_ALERT = "alert not found"
_OFFSET = re.compile(r"\d{1,18}", re.ASCII)  # the store counts in 64 bits


def stat_object(stat: Stat, keyring: Keyring, *, is_public: bool) -> dict[str, Any]:
    """All fields that any client was seen to need, none of them null."""
    return {
        "id": stat.id,
        "name": stat.name,
        "public": is_public,
        "counter": stat.kind is Kind.COUNTER,
        "unit": "",
        "classic_key": keyring.stat_key(stat.product, stat.kind, stat.metric),
        "embed_key": keyring.embed_key(stat.product, stat.metric),
        "data_received_at": stat.received_ms // 1000,
        "created_at": stat.created_ms // 1000,
    }


def frame_of(t: str, summary: str, start: str, now: int) -> tuple[str, Buckets]:
    """The prose and the buckets that `t`, `summary` and `start` stand for. Raises BadTimeframeError, RefusedError."""
    from_ = unix_seconds(start) if start else None
    if start and from_ is None:
        raise RefusedError(400, "start must be a unix time in whole seconds")
    if summary:
        duration = duration_of(summary)
        return f"{prose_of(duration)} @ 1 day", summary_buckets(duration, now, from_)
    frame = timeframe_of(t or DEFAULT_FRAME)
    return frame.prose, frame.buckets(now, from_)


def points(buckets: Buckets, cells: list[Bucketed], kind: Kind) -> list[dict[str, Any]]:
    """Without data the value is 0, not null."""
    return [
        {"time": time, "value": number(cell.nearest(kind))} for time, cell in zip(buckets.starts, cells, strict=True)
    ]


def router(callers: Callers, stats: Stats, series: Series, keyring: Keyring, clock: Clock) -> APIRouter:
    """The routes. A token may hold a slash (clients send it as %2F), so it is a path of its own."""
    calls = _ExportCalls(callers, stats, series, keyring, clock)
    routes = APIRouter(prefix="/x/{token:path}", tags=["StatHat"])
    routes.add_api_route("/statlist", calls.statlist, summary="All stats, 10,000 a page")
    routes.add_api_route("/stat", calls.stat_by_name, summary="One stat, by name")
    routes.add_api_route("/alerts", calls.alerts, summary="All alerts: there are none yet")
    routes.add_api_route("/alerts/{id_}", calls.alert, methods=["DELETE"], summary="Delete an alert")
    routes.add_api_route("/alerts/{id_}", calls.alert, summary="One alert")
    routes.add_api_route("/data/{ids:path}", calls.data, summary="Datasets of up to five stats")
    return routes


class _ExportCalls:
    """What each route does."""

    def __init__(self, callers: Callers, stats: Stats, series: Series, keyring: Keyring, clock: Clock) -> None:
        self._callers = callers
        self._stats = stats
        self._lists = StatList(stats, clock)
        self._series = series
        self._keyring = keyring
        self._clock = clock

    async def statlist(
        self, token: str, offset: Annotated[str, Query(description="How many to skip.")] = "0"
    ) -> Response:
        account = await self._callers.account_of(token)
        if not _OFFSET.fullmatch(offset.strip()):
            raise RefusedError(400, "offset must be a whole number")
        page = await self._lists.page(account, int(offset), PAGE)
        # Ten thousand objects, two signatures each, take a tenth of a second: others are answered meanwhile.
        return await asyncio.to_thread(lambda: reply([self._shown(stat) for stat in page]))

    async def stat_by_name(self, token: str, name: str = "") -> Response:
        account = await self._callers.account_of(token)
        stat = await self._stats.called(account.product, name)
        if stat is None:
            raise RefusedError(404, NOT_FOUND)
        return reply(self._shown(stat))

    def _shown(self, stat: Stat) -> dict[str, Any]:
        return stat_object(stat, self._keyring, is_public=self._stats.is_public(stat))

    async def alerts(self, token: str) -> Response:
        await self._callers.account_of(token)
        return reply([])

    async def alert(self, token: str, id_: str) -> Response:
        await self._callers.account_of(token)
        raise RefusedError(404, NO_ALERT)

    async def data(
        self,
        token: str,
        ids: str,
        t: Annotated[str, Query(description="Duration and interval, as `1w3h`.")] = "",
        summary: Annotated[str, Query(description="A duration, as `7d`: whole days in UTC.")] = "",
        start: Annotated[str, Query(description="Unix time of the first bucket; else the frame ends now.")] = "",
    ) -> Response:
        account = await self._callers.account_of(token)
        wanted = [id_ for id_ in ids.split("/") if id_][:IDS_MAX]
        if not wanted:
            raise RefusedError(404, NOT_FOUND)
        prose, buckets = frame_of(t, summary, start, self._clock.now_ms() // 1000)
        return reply(await asyncio.gather(*(self._dataset(account, id_, prose, buckets) for id_ in wanted)))

    async def _dataset(self, account: Account, id_: str, prose: str, buckets: Buckets) -> dict[str, Any]:
        named, cells = await in_sight(self._stats, account, id_, lambda where: self._series.cells(where, buckets))
        return {"name": named.name, "timeframe": prose, "points": points(buckets, cells, named.kind)}
