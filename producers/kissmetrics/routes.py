"""`/e`, `/s` and `/a`, as declared routes."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from producers.kissmetrics import reading, replies
from producers.kissmetrics.intake import Intake
from producers.kissmetrics.reading import Read
from producers.kissmetrics.reasons import Reason, Refused, Rejection
from producers.web.bounded_bodies import BodyError, bounded_body
from tilde.dialects.kissmetrics import ALIAS, AT, AT_IS_SAID, EVENT, KEY, NAME, PERSON, SET
from tilde.web.documented import told_as
from tilde.web.parameters import parse

BODY_BYTES_MAX = 64 << 10  # as a query's
_TELLS = {
    KEY: "The tracking key of a product.",
    PERSON: "The identity of somebody.",
    NAME: "The name of the event; of an alias the other identity.",
    AT: "When it was done, in unix seconds; it counts with `_d=1` alone.",
    AT_IS_SAID: "1: `_t` is when it was done.",
}
_DESCRIBED: dict[str, Any] = {
    "parameters": [
        {
            "name": name,
            "in": "query",
            "required": name in (KEY, PERSON),
            "schema": {"type": "string"},
            "description": told,
        }
        for name, told in _TELLS.items()
    ]
}


def router(intake: Intake) -> APIRouter:
    """The routes."""
    calls = _TrackCalls(intake)
    routes = APIRouter(tags=["Kissmetrics"])
    for path, call, summary in (
        (EVENT, calls.event, "Record an event of somebody"),
        (SET, calls.properties, "Set properties of somebody"),
        (ALIAS, calls.alias, "Say that two identities are one person's"),
    ):
        picture = told_as("image/gif")
        add = partial(routes.add_api_route, path, response_class=Response, responses=picture, openapi_extra=_DESCRIBED)
        add(call, methods=["GET"], operation_id=f"GET {path}", summary=summary)
        add(call, methods=["POST"], operation_id=f"POST {path}", summary=f"{summary}, by a form")
        routes.add_api_route(path, calls.nothing, methods=["HEAD"], include_in_schema=False)
    return routes


class _TrackCalls:
    """What each route does. All are answered with a picture, whatever was sent."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def event(self, request: Request) -> Response:
        """All parameters without an underscore in front are properties. Parameters are those of the query, then of the
        body. Without a name the properties are set.
        """
        return await self._taken(request, reading.event)

    async def properties(self, request: Request) -> Response:
        """All parameters without an underscore in front are properties."""
        return await self._taken(request, reading.properties)

    async def alias(self, request: Request) -> Response:
        """For good: whatever either has done, and will do, one person has."""
        return await self._taken(request, reading.alias)

    async def nothing(self) -> Response:
        """HEAD: as GET, and counts nothing."""
        return replies.gif()

    async def _taken(self, request: Request, read: Read) -> Response:
        query = bytes(request.scope["query_string"])
        try:
            with self._intake.counting():
                body = await body_of(request, BODY_BYTES_MAX)
            await self._intake.take(parse(query, body), read)
        except Refused as refused:
            return replies.refused(refused.reason)
        return replies.gif()


async def body_of(request: Request, bytes_max: int) -> bytes:
    """Whatever its content type: a form, or the text of a beacon. Raises Rejection."""
    try:
        return await bounded_body(request, bytes_max)
    except BodyError as error:
        raise Rejection(Reason(error.fault)) from None
