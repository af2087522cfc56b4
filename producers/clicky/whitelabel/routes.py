"""The white label API: one path, whose parameter `type` says what is asked; and a list of all sites."""

import asyncio
from functools import partial

import orjson
from fastapi import APIRouter, Request, Response

from producers.clicky.documented import SITE_LIST, WHITE_LABEL_CALL
from producers.clicky.whitelabel.dispatcher import Dispatcher
from producers.clicky.whitelabel.requests import Call
from producers.clicky.whitelabel.sites import SERVER
from tilde.catalog.follower import CatalogFollower
from tilde.catalog.sites import KnownSites
from tilde.dialects.clicky import WHITE_LABEL, WHITE_LABEL_SITES
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.site_records import Site
from tilde.web.documented import told_as
from tilde.web.methods import refuse


def router(dispatcher: Dispatcher, sites: "SiteList") -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["Clicky"])
    calls = _WhiteLabelCalls(dispatcher, sites)
    for path, call, summary, taken, media_type in (
        (WHITE_LABEL, calls.ask, "Users, sites and goals of a white label", WHITE_LABEL_CALL, "text/plain"),
        (WHITE_LABEL_SITES, calls.listed, "All sites of a white label", SITE_LIST, "application/json"),
    ):
        add = partial(
            routes.add_api_route, path, call, summary=summary, response_class=Response, responses=told_as(media_type)
        )
        add(methods=["GET"], openapi_extra=taken.in_query())
        add(methods=["POST"], openapi_extra=taken.in_form())
    refuse(routes, ["HEAD"], WHITE_LABEL)  # a GET of it changes something
    return routes


class _WhiteLabelCalls:
    """What the routes do."""

    def __init__(self, dispatcher: Dispatcher, sites: "SiteList") -> None:
        self._dispatcher = dispatcher
        self._sites = sites

    async def ask(self, request: Request) -> Response:
        """`auth` is the white label's key; `type` one of user, site, add_user_to_site, remove_user_from_site,
        move_site_to_user, get_user_id, get_username, traffic, traffic_per_user, goal. The answer is lines of text: `OK`
        and what was made, or `NOK`, the number of an error and what it means. The status is always 200.
        """
        return await self._dispatcher.answer(request)

    async def listed(self, request: Request) -> Response:
        """With their keys, in JSON."""
        return await self._dispatcher.json(request, self._sites.of)


class SiteList:
    """All sites of a white label."""

    def __init__(self, follower: CatalogFollower, known: KnownSites) -> None:
        self._follower = follower
        self._known = known

    async def of(self, call: Call) -> bytes:
        """As JSON. Raises LogError."""
        await self._follower.catch_up()
        catalog = self._follower.catalog
        sites = [site for id_ in catalog.sites_of.get(call.account.id, ()) if (site := catalog.site(id_)) is not None]
        return await asyncio.to_thread(self._as_json, sites)  # ten thousand have twenty thousand keys to open: 0.1 s

    def _as_json(self, sites: list[Site]) -> bytes:
        return orjson.dumps({"response": {"site": [self._one(site) for site in sites]}})

    def _one(self, site: Site) -> dict[str, str]:
        return {
            "site_id": str(site.id),
            "hostname": site.domain,
            "nickname": site.nickname or site.domain,
            "sitekey": self._known.key(site, KeyKind.SITEKEY),
            "server": SERVER,
            "sitekey_admin": self._known.key(site, KeyKind.SITEKEY_ADMIN),
        }
