"""Page views of an account's web sites, which an edge asks for: `/tilde/v1/accounts/NAME/traffic`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.reads.traffic import Traffic
from api.web.callers import Callers, operator_scheme
from api.web.replies import reply
from tilde.catalog.follower import CatalogFollower
from tilde.domain.sites.day_range import DayRange
from tilde.own_paths import ACCOUNTS

_DAYS_MAX = 50_000  # 1970 to 2106

Day = Annotated[int, Query(ge=0, le=_DAYS_MAX)]


def router(callers: Callers, traffic: Traffic, follower: CatalogFollower) -> APIRouter:
    """The route."""
    calls = _TrafficCalls(callers, traffic, follower)
    routes = APIRouter(
        prefix=f"{ACCOUNTS}/{{name}}",
        tags=["Operator"],
        dependencies=[Depends(callers.operator), Depends(operator_scheme)],
    )
    routes.add_api_route("/traffic", calls.totals, include_in_schema=False)
    return routes


class _TrafficCalls:
    """What it does."""

    def __init__(self, callers: Callers, traffic: Traffic, follower: CatalogFollower) -> None:
        self._callers = callers
        self._traffic = traffic
        self._follower = follower

    async def totals(self, name: str, first: Day, last: Day) -> Response:
        """Of each site that had some in these days, both included: page views on its own local days."""
        await self._follower.catch_up()
        account = self._callers.account_named(name)
        sites = self._follower.catalog.sites_of.get(account.id, ())
        totals = await self._traffic.totals(sites, DayRange(first, last))
        return reply({"sites": [[site, total] for site, total in totals.items() if total]})
