"""The operator's look at an account's stats, `/tilde/v1/accounts/NAME/stats` and `/trash`: what `tilde stat` lists."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.reads.lookup import named_in_sight
from api.reads.stat_list import StatList
from api.reads.stats import Stats
from api.reads.trash import trash
from api.tilde_v1.shapes import StatDetailReply, StatReply, TrashedReply
from api.tilde_v1.stat_routes import After, Limit, Offset, comments_json, found_stat, page_of_stats, stat_json
from api.web.access import Access, operator_scheme
from api.web.replies import reply
from tilde.keys.keyring import Keyring
from tilde.runtime.clock import Clock
from tilde.web.calls import ITEMS_MAX
from tilde.web.methods import refuse


def router(access: Access, stats: Stats, keyring: Keyring, clock: Clock) -> APIRouter:
    """The routes."""
    lists = StatList(stats, clock)
    routes = APIRouter(
        prefix="/tilde/v1/accounts/{name}",
        tags=["Operator"],
        dependencies=[Depends(access.operator), Depends(operator_scheme)],
    )

    @routes.get("/stats", summary="All stats of an account", responses={200: {"model": list[StatReply]}})
    async def list_stats(name: str, offset: Offset = 0, limit: Limit = ITEMS_MAX, after: After = None) -> Response:
        """Those in sight, by age."""
        page = await page_of_stats(lists, access.account_named(name), offset, limit, after)
        return reply([stat_json(stat, keyring) for stat in page])

    @routes.get("/trash", summary="Stats that may be restored", responses={200: {"model": list[TrashedReply]}})
    async def list_trash(name: str) -> Response:
        """Deleted in the last 48 hours, the last one first."""
        trashed = await trash(stats, access.account_named(name), clock)
        return reply(
            [
                {"id": one.id, "name": one.name, "kind": one.kind, "deleted_at": one.deleted_ms // 1000}
                for one in trashed
            ]
        )

    refuse(routes, ["GET"], "/stats/find", "/stats/delete")

    @routes.get("/stats/{id_}", summary="One stat of an account", responses={200: {"model": StatDetailReply}})
    async def show_stat(name: str, id_: str) -> Response:
        """With its keys and comments; 404 while it is in the trash."""
        stat = await found_stat(stats, access.account_named(name), id_)
        return reply(
            {**stat_json(stat, keyring), "comments": comments_json(stats.catalog.stat(stat.product, stat.metric))}
        )

    @routes.get("/stats/{id_}/exists", include_in_schema=False)
    async def exists(name: str, id_: str) -> Response:
        """For edges, before a command: what the stat has is not read."""
        await named_in_sight(stats, access.account_named(name), id_)
        return reply({})

    return routes
