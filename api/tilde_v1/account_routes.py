"""The operator's look at an account's stats, `/tilde/v1/accounts/NAME/stats` and `/trash`: what `tilde stat` lists."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.reads.lookup import named_in_sight, stat_in_sight
from api.reads.stat_list import StatList
from api.reads.stats import Stats
from api.reads.trash import trash
from api.tilde_v1.shapes import StatDetailReply, StatReply, TrashedReply
from api.tilde_v1.stat_routes import After, Limit, Offset, comments_json, page_of_stats, stat_json
from api.web.access import Access, operator_scheme
from api.web.replies import reply
from tilde.dialects.tilde_v1 import ACCOUNTS
from tilde.keys.keyring import Keyring
from tilde.runtime.clock import Clock
from tilde.web.calls import ITEMS_MAX
from tilde.web.methods import refuse


def router(access: Access, stats: Stats, keyring: Keyring, clock: Clock) -> APIRouter:
    """The routes."""
    calls = _Calls(access, stats, keyring, clock)
    routes = APIRouter(
        prefix=f"{ACCOUNTS}/{{name}}",
        tags=["Operator"],
        dependencies=[Depends(access.operator), Depends(operator_scheme)],
    )
    get, listed, trashed = routes.add_api_route, list[StatReply], list[TrashedReply]
    get("/stats", calls.list_stats, summary="All stats of an account", responses={200: {"model": listed}})
    get("/trash", calls.list_trash, summary="Stats that may be restored", responses={200: {"model": trashed}})
    refuse(routes, ["GET"], "/stats/find", "/stats/delete")
    one = "/stats/{id_}"
    get(one, calls.show_stat, summary="One stat of an account", responses={200: {"model": StatDetailReply}})
    get(f"{one}/exists", calls.exists, include_in_schema=False)
    return routes


class _Calls:
    """What each route does."""

    def __init__(self, access: Access, stats: Stats, keyring: Keyring, clock: Clock) -> None:
        self._access = access
        self._stats = stats
        self._lists = StatList(stats, clock)
        self._keyring = keyring
        self._clock = clock

    async def list_stats(
        self, name: str, offset: Offset = 0, limit: Limit = ITEMS_MAX, after: After = None
    ) -> Response:
        """Those in sight, by age."""
        page = await page_of_stats(self._lists, self._access.account_named(name), offset, limit, after)
        return reply([stat_json(stat, self._keyring) for stat in page])

    async def list_trash(self, name: str) -> Response:
        """Deleted in the last 48 hours, the last one first."""
        trashed = await trash(self._stats, self._access.account_named(name), self._clock)
        return reply(
            [
                {"id": one.id, "name": one.name, "kind": one.kind, "deleted_at": one.deleted_ms // 1000}
                for one in trashed
            ]
        )

    async def show_stat(self, name: str, id_: str) -> Response:
        """With its keys and comments; 404 while it is in the trash."""
        stat = await stat_in_sight(self._stats, self._access.account_named(name), id_)
        comments = comments_json(self._stats.catalog.stat(stat.product, stat.metric))
        return reply({**stat_json(stat, self._keyring), "comments": comments})

    async def exists(self, name: str, id_: str) -> Response:
        """For edges, before a command: what the stat has is not read."""
        await named_in_sight(self._stats, self._access.account_named(name), id_)
        return reply({})
