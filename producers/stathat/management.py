"""StatHat's calls that change a stat: `DELETE /x/TOKEN/stats/ID` and the comments of the official CLI. Commands, so
the edge's.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from producers.admin.stats import StatCommands
from producers.edge.command_desk import CommandRefusedError
from producers.stathat.reasons import Reason
from producers.stathat.replies import MESSAGES
from producers.web.tally import Tally
from tilde.catalog.key_lookup import KeyLookup
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account
from tilde.domain.stats.metrics import metric_of_short_id
from tilde.domain.texts import trimmed
from tilde.keys.authorization import basic_user
from tilde.web.bodies import body_of
from tilde.web.methods import refuse
from tilde.web.parameters import parse

COMMENT_BYTES_MAX = 64 << 10  # 2,000 characters of the longest kind, percent-encoded, have 24 kB

TokenHasStat = Callable[[str, str], Awaitable[bool]]
"""Asks the query API whether the account of an access token has a stat of this short id in sight."""


# Described beside the reads of /a1; a wrong header is told in our own words.
_BASIC: dict[str, Any] = {"security": [{"HTTPBasic": []}]}


def router(stats: StatCommands, keys: KeyLookup, has_stat: TokenHasStat, tally: Tally) -> APIRouter:
    """The routes. A token may hold a slash (clients send it as %2F), so it is a path of its own. What a command raises
    is told by the application's handlers, in StatHat's form.
    """
    calls = _ManagementCalls(stats, keys, has_stat, tally)
    routes = APIRouter(tags=["StatHat"])
    routes.add_api_route(
        "/x/{token:path}/stats/{short_id}",
        calls.delete,
        methods=["DELETE"],
        summary="Put a stat in the trash, for 48 hours",
    )
    refuse(routes, ["GET"], "/x/{token:path}/stats/{short_id}", "/a1/comments")
    routes.add_api_route(
        "/a1/comments",
        calls.comment,
        methods=["POST"],
        summary="Comment on a stat, as the official CLI does",
        openapi_extra=_BASIC,
    )
    return routes


class _Told(Exception):
    """Ends a call: the answer says why."""

    def __init__(self, status: int, message: str) -> None:
        self.answer = JSONResponse({"msg": message}, status)


class _ManagementCalls:
    """What each route does."""

    def __init__(self, stats: StatCommands, keys: KeyLookup, has_stat: TokenHasStat, tally: Tally) -> None:
        self._stats = stats
        self._keys = keys
        self._has_stat = has_stat
        self._tally = tally

    async def delete(self, request: Request, token: str, short_id: str) -> JSONResponse:
        try:
            account = await self._caller(token)
            metric = await self._metric(token, short_id)
        except _Told as told:
            return told.answer
        await self._stats.delete(account.product, metric)
        return JSONResponse({"msg": "stat deleted."})

    async def comment(self, request: Request) -> JSONResponse:
        token = basic_user(request.headers.get("authorization", ""))
        try:
            account = await self._caller(token)
            fields = parse(request.scope["query_string"], await body_of(request, COMMENT_BYTES_MAX))
            metric = await self._metric(token, fields.get("id", ""))
        except _Told as told:
            return told.answer
        try:
            await self._stats.comment(account.product, metric, fields.get("text", ""))
        except CommandRefusedError as refused:
            return JSONResponse({"message": str(refused)}, 400)
        return JSONResponse({"message": "comment saved."})

    async def _caller(self, token: str) -> Account:
        """The account of an access token. Raises _Told."""
        account = await self._keys.find(KeyKind.TOKEN, token)
        if account is None:
            self._tally.refuse(Reason.INVALID_TOKEN)
            raise _Told(401, MESSAGES[Reason.INVALID_TOKEN])
        return account

    async def _metric(self, token: str, short_id: str) -> int:
        """The stat in sight of this short id. Raises _Told."""
        metric = metric_of_short_id(short_id)
        if metric is None or not await self._has_stat(trimmed(token), short_id):  # it goes in a header
            raise _Told(404, "stat not found")
        return metric
