"""`/in.php` and the pixel, as declared routes."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from producers.clicky.documented import HIT
from producers.clicky.hits import replies
from producers.clicky.hits.intake import HEADERS, HitRequest, Intake
from producers.clicky.hits.reading import Pairs, SentHit
from producers.clicky.reasons import Reason, Rejection
from producers.web.bounded_bodies import BodyError, bounded_body
from producers.web.clients import client_of
from tilde.catalog.sites import KnownSites
from tilde.dialects.clicky import IN, PIXEL
from tilde.domain.hits.hit import Transport
from tilde.eventlog import LogError
from tilde.web.documented import told_as

BODY_BYTES_MAX = 64 << 10  # as a query's; none seen has a byte
_LINE = ("text/plain", "text/javascript")
_LINES = told_as(*_LINE) | told_as(*_LINE, status="4XX") | told_as(*_LINE, status="5XX")


def router(intake: Intake, pairs: Pairs, sites: KnownSites) -> APIRouter:
    """The routes. Those who read hits share `pairs`."""
    calls = _HitCalls(intake, pairs, sites)
    routes = APIRouter(tags=["Clicky"])
    add = partial(routes.add_api_route, response_class=Response)
    for method, described in (("GET", HIT.in_query()), ("POST", HIT.in_form())):
        told: dict[str, Any] = {"summary": "Log a hit", "openapi_extra": described, "responses": _LINES}
        add(IN, calls.hit, methods=[method], operation_id=f"{method} {IN}", **told)
    add(IN, calls.no_hit, methods=["HEAD"], include_in_schema=False)
    add(PIXEL, calls.pixel, methods=["GET"], summary="Log a page view by a picture", responses=told_as("image/gif"))
    add(PIXEL, calls.no_pixel, methods=["HEAD"], include_in_schema=False)
    return routes


class _HitCalls:
    """What each route does."""

    def __init__(self, intake: Intake, pairs: Pairs, sites: KnownSites) -> None:
        self._intake = intake
        self._pairs = pairs
        self._sites = sites

    async def hit(self, request: Request) -> Response:
        """`site_id` is needed; `type` is `pageview` unless it is another. Parameters are those of the query, then of
        the body. With `mime=js` the answer is a script.
        """
        query = bytes(request.scope["query_string"])
        mime = self._pairs.read(query).get("mime")
        try:
            sent = self._pairs.read(query, await _body(request))
            await self._take(sent.site, request, sent, Transport.SCRIPT)
        except Rejection as rejection:
            return replies.refused(self._counted(rejection), mime)
        return replies.taken(mime)

    async def pixel(self, request: Request, site_id: int) -> Response:
        """A page view of the page that has the picture, which its Referer says. A GIF, whatever was sent."""
        sent = self._pairs.read(request.scope["query_string"])
        try:
            await self._take(site_id, request, sent, Transport.PIXEL)
        except Rejection as rejection:
            reason = self._counted(rejection)
            if reason in (Reason.LOG_NOT_WRITABLE, Reason.CLOCK_IS_WRONG):
                return replies.refused(reason, None)
        return replies.gif()

    async def no_hit(self, request: Request) -> Response:
        """HEAD: as GET, and counts nothing."""
        return replies.taken(self._pairs.read(request.scope["query_string"]).get("mime"))

    async def no_pixel(self, site_id: int) -> Response:
        """The same."""
        return replies.gif()

    async def _take(self, site: int | None, request: Request, sent: SentHit, by: Transport) -> None:
        """Raises Rejection."""
        told = {name: value for name, value in reversed(request.headers.raw) if name in HEADERS}
        try:
            await self._intake.take(site, HitRequest(sent, by, client_of(request.scope), told))
        except LogError:
            raise Rejection(Reason.LOG_NOT_WRITABLE, self._known(site)) from None

    def _known(self, site: int | None) -> int | None:
        """The site, if there is one: ids that somebody made up would take the room of those that are counted."""
        return None if site is None or self._sites.known(site) is None else site

    def _counted(self, rejection: Rejection) -> Reason:
        self._intake.tally.refuse(rejection.reason, rejection.site)
        return rejection.reason


async def _body(request: Request) -> bytes:
    """Whatever its content type: pages send a form, beacons a text. Raises Rejection."""
    try:
        return await bounded_body(request, BODY_BYTES_MAX)
    except BodyError as error:
        raise Rejection(Reason(error.fault)) from None
