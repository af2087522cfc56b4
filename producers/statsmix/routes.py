"""StatsMix's calls about stats that write, as declared routes: `track`, `stats`, v1's `stats`, and the pixel."""

from collections.abc import Awaitable
from datetime import tzinfo
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from producers.statsmix.changes import Changes
from producers.statsmix.dispatcher import Call, Dispatcher
from producers.statsmix.foreign import Foreign
from producers.statsmix.intake import Intake
from producers.statsmix.reasons import Rejection
from producers.web.pixel import GIF
from tilde.dialects.dialect import Told
from tilde.dialects.statsmix.answers import told, told_v1
from tilde.dialects.statsmix.documented import ANSWERS, in_form, in_query, without_key
from tilde.dialects.statsmix.record import ENDS, HEADERS, PIXEL, V1, V2
from tilde.dialects.statsmix.requests import bare
from tilde.dialects.statsmix.resources import Stat
from tilde.web.documented import told_as
from tilde.web.methods import refuse
from tilde.web.parameters import parse, sent

_TRACK = ("name", "value", "ref_id", "generated_at", "meta", "profile_id", "format")
_IN_QUERY, _IN_FORM = in_query(*_TRACK, needs=["name"]), in_form(*_TRACK, needs=["name"])
_STAT = ("metric_id", "value", "ref_id", "generated_at", "meta", "format")


def router(dispatcher: Dispatcher, intake: Intake, changes: Changes, foreign: Foreign) -> APIRouter:
    """The routes. Paths may end in a form, `/api/v2/track.json`."""
    calls = _StatCalls(dispatcher, intake, changes, foreign)
    routes = APIRouter(tags=["StatsMix"], responses=ANSWERS)
    get, post = partial(routes.add_api_route, methods=["GET"]), partial(routes.add_api_route, methods=["POST"])
    put, delete = partial(routes.add_api_route, methods=["PUT"]), partial(routes.add_api_route, methods=["DELETE"])
    for end in ENDS:
        for path in (f"{V2}/track{end}", f"{V2}/track/track{end}"):  # the base URL of some has the call in it already
            shown: dict[str, Any] = {"include_in_schema": path == f"{V2}/track", "summary": "Track a stat"}
            get(path, calls.track, operation_id=f"get {path}", openapi_extra=_IN_QUERY, **shown)
            post(path, calls.track, operation_id=f"post {path}", openapi_extra=_IN_FORM, **shown)
            refuse(routes, ["HEAD"], path)  # a GET of it counts
        taken: dict[str, Any] = {"include_in_schema": not end, "openapi_extra": in_form(*_STAT, needs=["metric_id"])}
        post(f"{V2}/stats{end}", calls.post, summary="Post a stat", **taken)
        post(f"{V1}{end}", calls.post_v1, summary="Post a stat (v1)", **taken)
    changed: dict[str, Any] = {"openapi_extra": in_form(*_STAT)}
    deleted: dict[str, Any] = {"openapi_extra": in_query("metric_id", "format")}
    put(f"{V2}/stats/{{id_or_ref:path}}", calls.change, summary="Change a stat", **changed)
    post(f"{V2}/stats/{{id_or_ref:path}}", calls.change, include_in_schema=False)
    delete(f"{V2}/stats/{{id_or_ref:path}}", calls.delete, summary="Delete a stat", **deleted)
    put(f"{V1}/{{id_or_ref:path}}", calls.change_v1, summary="Change a stat (v1)", **changed)
    post(f"{V1}/{{id_or_ref:path}}", calls.change_v1, include_in_schema=False)
    delete(f"{V1}/{{id_or_ref:path}}", calls.delete_v1, summary="Delete a stat (v1)", **deleted)
    viewed: dict[str, Any] = {"responses": told_as("image/gif"), "openapi_extra": without_key("v", "p", "m")}
    get(PIXEL, calls.pixel, summary="Count a page view", response_class=Response, **viewed)
    routes.add_api_route(PIXEL, _gif, methods=["HEAD"], include_in_schema=False)
    return routes


class _StatCalls:
    """What each route does. All parameters are read as the clients send them."""

    def __init__(self, dispatcher: Dispatcher, intake: Intake, changes: Changes, foreign: Foreign) -> None:
        self._dispatcher = dispatcher
        self._intake = intake
        self._changes = changes
        self._foreign = foreign

    async def track(self, request: Request) -> Response:
        """`name` is needed; `value` is 1 unless sent. `ref_id` writes again what was written with it."""
        return await self._dispatcher.answer(request, self._track)

    async def _track(self, call: Call) -> Told:
        taken = await self._intake.track(call.account, call.fields)
        return told(call.form, await self._changes.as_it_is(call.account, taken))

    async def post(self, request: Request) -> Response:
        """`metric_id` is needed; `value` is 1 unless sent."""
        return await self._dispatcher.answer(request, self._post)

    async def _post(self, call: Call) -> Told:
        taken = await self._intake.post(call.account, call.fields)
        return told(call.form, await self._changes.as_it_is(call.account, taken))

    async def post_v1(self, request: Request) -> Response:
        """`metric_id` is needed; times are those of the account's zone."""
        return await self._dispatcher.answer(request, self._post_v1, version=1)

    async def _post_v1(self, call: Call) -> Told:
        zone = self._intake.zone_of(call.account)
        return await self._told_v1(call, self._posted(call, zone))

    async def _posted(self, call: Call, zone: tzinfo) -> Stat:
        return await self._changes.as_it_is(call.account, await self._intake.post(call.account, call.fields, zone))

    async def change(self, request: Request, id_or_ref: str) -> Response:
        """By its id, or by its ref beside `metric_id`. What is not sent stays."""
        return await self._dispatcher.answer(request, partial(self._change, bare(id_or_ref)))

    async def _change(self, id_or_ref: str, call: Call) -> Told:
        return told(call.form, await self._changes.change(call.account, id_or_ref, call.fields))

    async def delete(self, request: Request, id_or_ref: str) -> Response:
        """By its id, or by its ref beside `metric_id`."""
        return await self._dispatcher.answer(request, partial(self._delete, bare(id_or_ref)))

    async def _delete(self, id_or_ref: str, call: Call) -> Told:
        return told(call.form, await self._changes.delete(call.account, id_or_ref, call.fields))

    async def change_v1(self, request: Request, id_or_ref: str) -> Response:
        """What is not sent stays."""
        return await self._dispatcher.answer(request, partial(self._change_v1, bare(id_or_ref)), version=1)

    async def _change_v1(self, id_or_ref: str, call: Call) -> Told:
        zone = self._intake.zone_of(call.account)
        changed = self._changes.change(call.account, id_or_ref, call.fields, zone)
        return await self._told_v1(call, changed, id_or_ref)

    async def delete_v1(self, request: Request, id_or_ref: str) -> Response:
        """Answers the stat that was deleted."""
        return await self._dispatcher.answer(request, partial(self._delete_v1, bare(id_or_ref)), version=1)

    async def _delete_v1(self, id_or_ref: str, call: Call) -> Told:
        return await self._told_v1(call, self._changes.delete(call.account, id_or_ref, call.fields), id_or_ref)

    async def _told_v1(self, call: Call, stat: Awaitable[Stat], id_or_ref: str | None = None) -> Told:
        """The stat as v1 tells it. Raises Rejection, as v1 does."""
        try:
            return told_v1(await stat, self._intake.zone_of(call.account))
        except Rejection as rejection:
            raise await self._foreign.as_v1_says(
                rejection, call.account, sent(call.fields, "metric_id"), id_or_ref
            ) from None

    async def pixel(self, request: Request) -> Response:
        """`v` (1 unless sent), `p` a profile, `m` a metric of it. A GIF, whatever was sent."""
        await self._intake.pixel(parse(bytes(request.scope["query_string"])))
        return await _gif()


async def _gif() -> Response:
    return Response(GIF, 200, HEADERS, "image/gif")
