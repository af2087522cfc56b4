"""Single points of a stat, and which of some stats are in sight: for the holder of a token, and for the operator."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.reads.local_buckets import zone_of
from api.reads.settling import Settling
from api.reads.stats.stats import Stats
from api.tilde_v1.found import Wanted, find
from api.tilde_v1.points import page_of_points
from api.tilde_v1.shapes import FoundReply, PostedReply
from api.tilde_v1.stat_routes import From, Limit, To, Zone, range_of
from api.web.callers import Caller, Callers, OfProduct, bearer_scheme, of_product, operator_scheme
from api.web.replies import reply
from tilde.domain.catalog.state import Account
from tilde.own_paths import ACCOUNTS, STATS
from tilde.runtime.clock import Clock
from tilde.web.bodies import guarded
from tilde.web.calls import IDS_BYTES_MAX, ITEMS_MAX


class AskedPoints:
    """The query of a list of points, as a dependency."""

    def __init__(
        self,
        from_: From = "",
        to: To = "",
        tz: Zone = "UTC",
        after: Annotated[str, Query(description="Only what was received behind the point of this id.")] = "",
        limit: Limit = ITEMS_MAX,
        *,
        settled: Annotated[
            bool, Query(description="Waits until all that was acknowledged before is in the tables.")
        ] = False,
    ) -> None:
        self.from_, self.to, self.tz, self.after, self.limit, self.settled = from_, to, tz, after, limit, settled


def router(callers: Callers, stats: Stats, settling: Settling, clock: Clock) -> APIRouter:
    """The routes."""
    calls = _PointCalls(callers, stats, settling, clock)
    own = APIRouter(
        prefix=STATS,
        tags=["Stats"],
        dependencies=[Depends(of_product), Depends(bearer_scheme)],
        route_class=guarded(callers.holder, IDS_BYTES_MAX),
    )
    operators = APIRouter(
        prefix=f"{ACCOUNTS}/{{name}}/stats",
        tags=["Operator"],
        dependencies=[Depends(operator_scheme)],
        route_class=guarded(callers.operator, IDS_BYTES_MAX),
    )
    find_, points = "Which of some stats are in sight", "Single points"
    found: dict[int | str, dict[str, Any]] = {200: {"model": FoundReply}}
    posted: dict[int | str, dict[str, Any]] = {200: {"model": list[PostedReply]}}
    own.add_api_route("/find", calls.find_own, methods=["POST"], summary=find_, responses=found)
    own.add_api_route("/{id_}/points", calls.own_points, summary=points, responses=posted)
    operators.add_api_route("/find", calls.find_of, methods=["POST"], summary=find_, responses=found)
    operators.add_api_route("/{id_}/points", calls.points_of, summary=points, responses=posted)
    both = APIRouter()
    both.include_router(own)
    both.include_router(operators)
    return both


class _PointCalls:
    """What each route does: `own` for the holder of a token, `of` an account for the operator."""

    def __init__(self, callers: Callers, stats: Stats, settling: Settling, clock: Clock) -> None:
        self._callers = callers
        self._stats = stats
        self._settling = settling
        self._clock = clock

    async def find_own(self, account: Caller, wanted: Wanted) -> Response:
        """By their ids, or by what their names begin with; 10,000 at most, by id; `after` says where to go on."""
        return reply(await find(self._stats, account, wanted))

    async def find_of(self, name: str, wanted: Wanted, product: OfProduct = None) -> Response:
        """By their ids, or by what their names begin with; 10,000 at most, by id; `after` says where to go on."""
        return reply(await find(self._stats, self._callers.account_named(name, product), wanted))

    async def own_points(self, account: Caller, id_: str, asked: Annotated[AskedPoints, Depends()]) -> Response:
        """As they were posted, in the order of receipt."""
        return await self._page(account, id_, asked)

    async def points_of(
        self, name: str, id_: str, asked: Annotated[AskedPoints, Depends()], product: OfProduct = None
    ) -> Response:
        """As they were posted, in the order of receipt."""
        return await self._page(self._callers.account_named(name, product), id_, asked)

    async def _page(self, account: Account, id_: str, asked: AskedPoints) -> Response:
        """Raises RefusedError, BadTimeframeError."""
        if asked.settled:
            await self._settling.settle_all()
        range_ = range_of(asked.from_, asked.to, zone_of(asked.tz), self._clock.now_ms() // 1000)
        return reply(await page_of_points(self._stats, account, id_, range_, asked.after, asked.limit))
