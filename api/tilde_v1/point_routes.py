"""Single points of a stat, and which of some stats are in sight: for the holder of a token, and for the operator."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.reads.found import Wanted, find
from api.reads.local_buckets import zone_of
from api.reads.points import Settling, page_of_points
from api.reads.stats import Stats
from api.tilde_v1.shapes import FoundReply, PostedReply
from api.tilde_v1.stat_routes import From, Limit, To, Zone, range_of
from api.web.access import Access, bearer_scheme, operator_scheme
from api.web.replies import reply
from tilde.domain.catalog.state import Account
from tilde.runtime.clock import Clock
from tilde.web.bodies import guarded
from tilde.web.calls import IDS_BYTES_MAX, ITEMS_MAX


class Asked:
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


class PointReader:
    """Answers for one stat at a time."""

    def __init__(self, stats: Stats, settling: Settling, clock: Clock) -> None:
        self._stats = stats
        self._settling = settling
        self._clock = clock

    async def page(self, account: Account, id_: str, asked: Asked) -> Response:
        """Raises RefusedError, BadTimeframeError."""
        if asked.settled:
            await self._settling.settle()
        range_ = range_of(asked.from_, asked.to, zone_of(asked.tz), self._clock.now_ms() // 1000)
        return reply(await page_of_points(self._stats, account, id_, range_, asked.after, asked.limit))


def router(access: Access, stats: Stats, settling: Settling, clock: Clock) -> APIRouter:
    """The routes."""
    both = APIRouter()
    own = APIRouter(
        prefix="/tilde/v1/stats",
        tags=["Stats"],
        dependencies=[Depends(bearer_scheme)],
        route_class=guarded(access.holder, IDS_BYTES_MAX),
    )
    operators = APIRouter(
        prefix="/tilde/v1/accounts/{name}/stats",
        tags=["Operator"],
        dependencies=[Depends(operator_scheme)],
        route_class=guarded(access.operator, IDS_BYTES_MAX),
    )
    reader = PointReader(stats, settling, clock)
    Caller = Annotated[Account, Depends(access.bearer)]  # noqa: N806 - an annotation
    Query_ = Annotated[Asked, Depends()]  # noqa: N806

    @own.post("/find", summary="Which of some stats are in sight", responses={200: {"model": FoundReply}})
    async def find_own(account: Caller, wanted: Wanted) -> Response:
        """By their ids, or by what their names begin with; 10,000 at most, by id; `after` says where to go on."""
        return reply(await find(stats, account, wanted))

    @operators.post("/find", summary="Which of some stats are in sight", responses={200: {"model": FoundReply}})
    async def find_of(name: str, wanted: Wanted) -> Response:
        """By their ids, or by what their names begin with; 10,000 at most, by id; `after` says where to go on."""
        return reply(await find(stats, access.account_named(name), wanted))

    @own.get("/{id_}/points", summary="Single points", responses={200: {"model": list[PostedReply]}})
    async def own_points(account: Caller, id_: str, asked: Query_) -> Response:
        """As they were posted, in the order of receipt."""
        return await reader.page(account, id_, asked)

    @operators.get("/{id_}/points", summary="Single points", responses={200: {"model": list[PostedReply]}})
    async def points_of(name: str, id_: str, asked: Query_) -> Response:
        """As they were posted, in the order of receipt."""
        return await reader.page(access.account_named(name), id_, asked)

    both.include_router(own)
    both.include_router(operators)
    return both
