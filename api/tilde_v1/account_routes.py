"""The operator's look at an account's stats, `/tilde/v1/accounts/NAME/stats` and `/trash`: what `tilde stat` lists."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.reads.settling import Settling
from api.reads.stats.lookup import named_in_sight, stat_in_sight
from api.reads.stats.stat_list import StatList
from api.reads.stats.stats import Stats
from api.reads.stats.trash import trash
from api.tilde_v1.shapes import StatDetailReply, StatReply, TrashedReply
from api.tilde_v1.stat_routes import After, Limit, Offset, page_of_stats, shown_detail, shown_stat
from api.web.callers import Callers, OfProduct, operator_scheme
from api.web.replies import reply
from tilde.keys.keyring import Keyring
from tilde.own_paths import ACCOUNTS
from tilde.runtime.clock import Clock
from tilde.web.calls import ITEMS_MAX
from tilde.web.methods import refuse


def router(callers: Callers, stats: Stats, settling: Settling, keyring: Keyring, clock: Clock) -> APIRouter:
    """The routes."""
    calls = _AccountCalls(callers, stats, settling, keyring, clock)
    routes = APIRouter(
        prefix=f"{ACCOUNTS}/{{name}}",
        tags=["Operator"],
        dependencies=[Depends(callers.operator), Depends(operator_scheme)],
    )
    get, listed, trashed = routes.add_api_route, list[StatReply], list[TrashedReply]
    get("/stats", calls.list_stats, summary="All stats of an account", responses={200: {"model": listed}})
    get("/trash", calls.list_trash, summary="Stats that may be restored", responses={200: {"model": trashed}})
    refuse(routes, ["GET"], "/stats/find", "/stats/delete")
    one = "/stats/{id_}"
    get(one, calls.show_stat, summary="One stat of an account", responses={200: {"model": StatDetailReply}})
    get(f"{one}/exists", calls.exists, include_in_schema=False)
    return routes


class _AccountCalls:
    """What each route does."""

    def __init__(self, callers: Callers, stats: Stats, settling: Settling, keyring: Keyring, clock: Clock) -> None:
        self._callers = callers
        self._stats = stats
        self._settling = settling
        self._lists = StatList(stats, clock)
        self._keyring = keyring
        self._clock = clock

    async def list_stats(
        self,
        name: str,
        offset: Offset = 0,
        limit: Limit = ITEMS_MAX,
        after: After = None,
        product: OfProduct = None,
    ) -> Response:
        """Those in sight, by age."""
        page = await page_of_stats(self._lists, self._callers.account_named(name, product), offset, limit, after)
        return reply([shown_stat(stat, self._keyring) for stat in page])

    async def list_trash(self, name: str, product: OfProduct = None) -> Response:
        """Deleted in the last 48 hours, the last one first."""
        trashed = await trash(self._stats, self._callers.account_named(name, product), self._clock)
        return reply(
            [
                {"id": one.id, "name": one.name, "kind": one.kind, "deleted_at": one.deleted_ms // 1000}
                for one in trashed
            ]
        )

    async def show_stat(self, name: str, id_: str, product: OfProduct = None) -> Response:
        """With its keys, settings and comments; 404 while it is in the trash."""
        stat = await stat_in_sight(self._stats, self._callers.account_named(name, product), id_)
        record = self._stats.catalog.stat(stat.product, stat.metric)
        return reply({**shown_stat(stat, self._keyring), **shown_detail(stat, record, self._keyring)})

    async def exists(
        self,
        name: str,
        id_: str,
        product: OfProduct = None,
        settled: Annotated[bool, Query()] = False,  # noqa: FBT002 - of a query
    ) -> Response:
        """For edges, before a command: what the stat has is not read."""
        if settled:
            await self._settling.settle_all()
        named = await named_in_sight(self._stats, self._callers.account_named(name, product), id_)
        return reply({"kind": named.kind.value, "name": named.name})
