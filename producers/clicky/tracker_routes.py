"""`/js` and `/SITEID.js`: the tracker, under the name that the host's white label has for it."""

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, HTTPException, Request, Response

from producers.clicky.script import Scripts
from tilde.dialects.clicky import JS, SITE_JS
from tilde.domain.sites.hosts import host_of
from tilde.web.documented import told_as

NameAt = Callable[[str], str]
"""What the tracker is called at a host: `hotstatz` at `hotstatz.com`. A host is as `host_of` has it, or nothing."""

SITE_MAX = 10**10  # no id has more digits


def router(scripts: Scripts, name_at: NameAt) -> APIRouter:
    """The routes."""
    calls = _TrackerCalls(scripts, name_at)
    routes = APIRouter(tags=["Clicky"])
    get = partial(routes.add_api_route, methods=["GET"], response_class=Response, responses=told_as("text/javascript"))
    get(JS, calls.all_sites, summary="The tracker")
    get(SITE_JS, calls.one_site, summary="The tracker, begun for a site")
    return routes


class _TrackerCalls:
    """What each route does. Who asks is nobody: a file says nothing that is not in the page."""

    def __init__(self, scripts: Scripts, name_at: NameAt) -> None:
        self._scripts = scripts
        self._name_at = name_at

    async def all_sites(self, request: Request) -> Response:
        """A page loads it, and calls `clicky.init(SITEID)`; a white label may have another name for `clicky`."""
        return self._scripts.of(self._name(request)).answer(request.headers)

    async def one_site(self, request: Request, site_id: int) -> Response:
        """The same file, which calls `init` itself, so that a page needs one tag."""
        if site_id >= SITE_MAX:
            raise HTTPException(404)
        return self._scripts.of(self._name(request), site_id).answer(request.headers)

    def _name(self, request: Request) -> str:
        return self._name_at(host_of(request.headers.get("host", "")) or "")
