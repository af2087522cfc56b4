"""StatHat's calls as declared routes: their documentation and reference behaviour. `hot.py` serves the common shape
faster.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, HTTPException, Query, Request, Response
from starlette.requests import ClientDisconnect

from producers.stathat import posts, replies
from producers.stathat.intake import Intake
from producers.web.held_bodies import RETRY_AFTER_S, NoRoomError
from producers.web.large_json import JsonReader
from producers.web.parameters import parse
from tilde.dialects.stathat import POST_HEADERS as HEADERS
from tilde.domain.rejections import Reason, Rejection
from tilde.domain.stats.metrics import Kind
from tilde.eventlog import LogError

ALLOW = "GET, POST, OPTIONS"

Text = Annotated[str | None, Query()]


def router(intake: Intake, error_status: int, *, lenient_keys: bool) -> APIRouter:
    """The routes `/ez`, `/c`, `/v`. `error_status` is the HTTP status of refusals (200 as StatHat, or 400)."""
    routes = APIRouter(tags=["StatHat"])
    json = JsonReader()

    async def answer(call: Callable[[], Awaitable[bytes]]) -> Response:
        try:
            return reply(await call())
        except Rejection as rejection:
            intake.tally.refused[rejection.reason] += 1
            if lenient_keys and rejection.reason in (Reason.INVALID_EZKEY, Reason.INVALID_KEYS):
                return reply(replies.OK)
            if rejection.reason is Reason.CLOCK_IS_WRONG:
                return reply(replies.WRONG_CLOCK, 503, {"retry-after": "5"})
            return reply(replies.failure(rejection.reason), error_status)
        except LogError:
            intake.tally.refused[Reason.LOG_NOT_WRITABLE] += 1
            return reply(replies.UNAVAILABLE, 503, {"retry-after": "5"})
        except NoRoomError:
            intake.tally.refused[Reason.NO_ROOM] += 1
            return reply(replies.NO_ROOM, 503, {"retry-after": RETRY_AFTER_S})

    @routes.post("/ez", summary="Post a stat by name, or a JSON batch", openapi_extra=_EZ_BODY)
    @routes.get("/ez", summary="Post a stat by name")
    async def ez(
        request: Request, ezkey: Text = None, stat: Text = None, count: Text = None, value: Text = None, t: Text = None
    ) -> Response:
        """`stat` may fan out: `prefix~a,b`. `email` is a synonym of `ezkey`. One of `count` and `value` is needed."""

        async def call() -> bytes:
            if not _is_json(request):
                return await intake.ez(parse(_query(request), await _form(request)))
            body = await _body(request, posts.BODY_BYTES_MAX, Reason.JSON_TOO_LONG)
            if not body:
                return await intake.ez(parse(_query(request)))
            return await intake.batch(await json.parse(body), parse(_query(request)))

        return await answer(call)

    async def classic(request: Request, kind: Kind) -> Response:
        async def call() -> bytes:
            return await intake.classic(parse(_query(request), await _form(request)), kind)

        return await answer(call)

    @routes.post("/c", summary="Count by stat key", operation_id="counter_post")
    @routes.get("/c", summary="Count by stat key", operation_id="counter")
    async def counter(
        request: Request, key: Text = None, ukey: Text = None, count: Text = None, t: Text = None
    ) -> Response:
        """`count` is 1 unless sent."""
        return await classic(request, Kind.COUNTER)

    @routes.post("/v", summary="Post a value by stat key", operation_id="value_post")
    @routes.get("/v", summary="Post a value by stat key", operation_id="value")
    async def value(
        request: Request, key: Text = None, ukey: Text = None, value: Text = None, t: Text = None
    ) -> Response:
        """`value` is needed."""
        return await classic(request, Kind.VALUE)

    for path in ("/ez", "/c", "/v"):
        routes.add_api_route(path, _other_method, methods=["HEAD", "PUT", "PATCH", "DELETE"], include_in_schema=False)
        routes.add_api_route(path, _preflight, methods=["OPTIONS"], include_in_schema=False)
    return routes


async def _other_method() -> Response:
    return reply(orjson.dumps({"status": 500, "msg": "use GET or POST"}), 405, {"allow": ALLOW})


async def _preflight() -> Response:
    headers = HEADERS | {"access-control-allow-methods": ALLOW, "access-control-allow-headers": "*"}
    return Response(status_code=204, headers=headers | {"access-control-max-age": "86400"})


def reply(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON body as StatHat's clients expect it."""
    return Response(body, status, HEADERS | (headers or {}), "application/json")


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("application/json")


def _query(request: Request) -> bytes:
    return bytes(request.scope["query_string"])


async def _form(request: Request) -> bytes:
    return await _body(request, posts.FORM_BYTES_MAX, Reason.BODY_TOO_LONG)


async def _body(request: Request, bytes_max: int, too_long: Reason) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > bytes_max:
                raise Rejection(too_long)
    except ClientDisconnect:
        raise Rejection(Reason.BODY_CUT_OFF) from None
    except HTTPException as error:  # longer than any route takes, as its head says already
        if error.status_code != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise
        raise Rejection(too_long) from None
    return bytes(body)


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
