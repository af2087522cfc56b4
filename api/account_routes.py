"""The operator's look at an account's stats, `/tilde/v1/accounts/NAME/stats`: what `tilde stat list` and `show` ask."""

from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.access import Access, operator_scheme
from api.replies import reply
from api.stat_routes import PAGE_MAX, Limit, Offset, comments_json, found_stat
from api.stathat.export import stat_object
from api.stats import Stat, Stats
from tilde.keyring import Keyring


def router(access: Access, stats: Stats, keyring: Keyring) -> APIRouter:
    """The routes."""
    routes = APIRouter(
        prefix="/tilde/v1/accounts/{name}/stats",
        tags=["operator"],
        dependencies=[Depends(access.operator), Depends(operator_scheme)],
    )

    def shown(stat: Stat) -> dict[str, Any]:
        return {**stat_object(stat, keyring), "uuid": stat.uuid, "kind": stat.kind.value}

    @routes.get("")
    async def list_stats(name: str, offset: Offset = 0, limit: Limit = PAGE_MAX) -> Response:
        """Stats in sight, by age."""
        page = await stats.page(access.account_named(name), offset, limit)
        return reply([shown(stat) for stat in page])

    @routes.get("/{id_}")
    async def show(name: str, id_: str) -> Response:
        """One stat, with its keys and comments."""
        stat = await found_stat(stats, access.account_named(name), id_)
        return reply({**shown(stat), "comments": comments_json(stats.catalog.stat(stat.product, stat.metric))})

    return routes
