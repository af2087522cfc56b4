"""StatHat's calls as declared routes: their documentation and reference behaviour; and the lane beside one of them, in
which the common shape is taken faster.
"""

from collections.abc import Awaitable
from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response

from producers.stathat import posts, replies
from producers.stathat.intake import Intake
from producers.stathat.reasons import Reason, Rejection
from producers.web.bounded_bodies import BodyError, BodyFault, bounded_body
from producers.web.held_bodies import RETRY_AFTER_S
from producers.web.json_bodies import NoJsonError
from producers.web.json_mending import NotMendedError
from producers.web.lane import FORM, Lane
from producers.web.large_json import JsonReader
from tilde.dialects.stathat.record import POST_HEADERS as HEADERS
from tilde.domain.stats.metrics import Kind
from tilde.eventlog import LogError
from tilde.web.parameters import Parameters, parse

ALLOW = "GET, POST, OPTIONS"

Text = Annotated[str | None, Query()]


def router(intake: Intake, json: JsonReader, error_status: int, *, lenient_keys: bool) -> APIRouter:
    """The routes `/ez`, `/c`, `/v`. `error_status` is the HTTP status of refusals (200 as StatHat, or 400)."""
    calls = _PostCalls(intake, json, error_status, lenient_keys=lenient_keys)
    routes = APIRouter(tags=["StatHat"])
    post, get = partial(routes.add_api_route, methods=["POST"]), partial(routes.add_api_route, methods=["GET"])
    get("/ez", calls.ez, summary="Post a stat by name")
    post("/ez", calls.ez, summary="Post a stat by name, or a JSON batch", openapi_extra=_EZ_BODY)
    get("/c", calls.counter, summary="Count by stat key", operation_id="counter")
    post("/c", calls.counter, summary="Count by stat key", operation_id="counter_post")
    get("/v", calls.value, summary="Post a value by stat key", operation_id="value")
    post("/v", calls.value, summary="Post a value by stat key", operation_id="value_post")
    for path in ("/ez", "/c", "/v"):
        routes.add_api_route(path, _other_method, methods=["HEAD", "PUT", "PATCH", "DELETE"], include_in_schema=False)
        routes.add_api_route(path, _preflight, methods=["OPTIONS"], include_in_schema=False)
    return routes


def ez_lane(intake: Intake) -> Lane:
    """The lane of `/ez`."""
    return Lane("/ez", frozenset({b"GET", b"POST"}), frozenset({FORM}), intake.take)


class _PostCalls:
    """What each route does. Parameters that no method reads are there for the documentation: all are read as StatHat
    did.
    """

    def __init__(self, intake: Intake, json: JsonReader, error_status: int, *, lenient_keys: bool) -> None:
        self._intake = intake
        self._error_status = error_status
        self._lenient_keys = lenient_keys
        self._json = json

    async def ez(
        self,
        request: Request,
        ezkey: Text = None,
        stat: Text = None,
        count: Text = None,
        value: Text = None,
        t: Text = None,
    ) -> Response:
        """`stat` may fan out: `prefix~a,b`. `email` is a synonym of `ezkey`. One of `count` and `value` is needed."""
        return await self._answer(self._ez(request))

    async def _ez(self, request: Request) -> bytes:
        if not _is_json(request):
            return await self._intake.ez(parse(_query(request), await _form(request)))
        body = await _body(request, posts.BODY_BYTES_MAX, Reason.JSON_TOO_LONG)
        if not body:
            return await self._intake.ez(parse(_query(request)))
        query = parse(_query(request))
        return await self._intake.batch(await self._parsed(body, query), query, len(body))

    async def _parsed(self, body: bytes, query: Parameters) -> Any:
        try:
            return await self._json.parse(body, partial(self._intake.require_known, query))
        except NoJsonError:
            raise Rejection(Reason.BAD_JSON) from None
        except NotMendedError:
            raise Rejection(Reason.NO_ROOM) from None

    async def counter(
        self, request: Request, key: Text = None, ukey: Text = None, count: Text = None, t: Text = None
    ) -> Response:
        """`count` is 1 unless sent."""
        return await self._answer(self._classic(request, Kind.COUNTER))

    async def value(
        self, request: Request, key: Text = None, ukey: Text = None, value: Text = None, t: Text = None
    ) -> Response:
        """`value` is needed."""
        return await self._answer(self._classic(request, Kind.VALUE))

    async def _classic(self, request: Request, kind: Kind) -> bytes:
        return await self._intake.classic(parse(_query(request), await _form(request)), kind)

    async def _answer(self, taking: Awaitable[bytes]) -> Response:
        """The answer of a call, or the one that says why it is refused."""
        refused = self._intake.tally.refused
        try:
            return replies.reply(await taking)
        except Rejection as rejection:
            refused[rejection.reason] += 1
            return self._refusal(rejection.reason)
        except LogError:
            refused[Reason.LOG_NOT_WRITABLE] += 1
            return replies.reply(replies.UNAVAILABLE, 503, {"retry-after": "5"})

    def _refusal(self, reason: Reason) -> Response:
        if self._lenient_keys and reason in (Reason.INVALID_EZKEY, Reason.INVALID_KEYS):
            return replies.reply(replies.OK)
        if reason is Reason.CLOCK_IS_WRONG:
            return replies.reply(replies.WRONG_CLOCK, 503, {"retry-after": "5"})
        if reason is Reason.NO_ROOM:
            return replies.reply(replies.NO_ROOM, 503, {"retry-after": RETRY_AFTER_S})
        return replies.reply(replies.failure(reason), self._error_status)


async def _other_method() -> Response:
    return replies.reply(orjson.dumps({"status": 500, "msg": "use GET or POST"}), 405, {"allow": ALLOW})


async def _preflight() -> Response:
    headers = HEADERS | {"access-control-allow-methods": ALLOW, "access-control-allow-headers": "*"}
    return Response(status_code=204, headers=headers | {"access-control-max-age": "86400"})


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("application/json")


def _query(request: Request) -> bytes:
    return bytes(request.scope["query_string"])


async def _form(request: Request) -> bytes:
    return await _body(request, posts.FORM_BYTES_MAX, Reason.BODY_TOO_LONG)


async def _body(request: Request, bytes_max: int, too_long: Reason) -> bytes:
    try:
        return await bounded_body(request, bytes_max)
    except BodyError as error:
        raise Rejection(too_long if error.fault is BodyFault.BODY_TOO_LONG else Reason(error.fault)) from None


_EZ_BODY: dict[str, Any] = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["ezkey", "data"],
                    "properties": {
                        "ezkey": {"type": "string"},
                        "data": {"type": "array", "maxItems": posts.BATCH_ITEMS_MAX, "items": {"type": "object"}},
                    },
                },
                "example": {"ezkey": "XXXYYYZZZ", "data": [{"stat": "page view", "count": 2}]},
            },
        }
    }
}
