"""StatHat's calls that change a stat: `DELETE /x/TOKEN/stats/ID` and the comments of the official CLI. Commands, so
the edge's.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from producers.admin.accounts import Accounts
from producers.edge.admission import Admission
from producers.edge.command_desk import CommandRefusedError
from producers.stathat.replies import MESSAGES
from producers.web.parameters import parse
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account
from tilde.domain.rejections import Reason, Rejection
from tilde.domain.stats.metrics import metric_of_short_id
from tilde.keys.authorization import basic_user
from tilde.web.bodies import body_of
from tilde.web.methods import refuse

COMMENT_BYTES_MAX = 64 << 10  # 2,000 characters of the longest kind, percent-encoded, have 24 kB

StatExists = Callable[[str, str], Awaitable[bool]]
"""Asks the query API whether the account of an access token has a stat of this short id in sight."""


# Described beside the reads of /a1; a wrong header is told in our own words.
_BASIC: dict[str, Any] = {"security": [{"HTTPBasic": []}]}


def router(accounts: Accounts, admission: Admission, stat_exists: StatExists) -> APIRouter:
    """The routes. A token may hold a slash (clients send it as %2F), so it is a path of its own. What a command raises
    is told by the application's handlers, in StatHat's form.
    """
    routes = APIRouter(tags=["StatHat"])

    async def caller(token: str) -> Account | JSONResponse:
        try:
            return await admission.account(KeyKind.TOKEN, token, Reason.INVALID_TOKEN)
        except Rejection as rejection:
            return JSONResponse({"msg": MESSAGES[rejection.reason]}, 401)

    async def stat(token: str, short_id: str) -> int | JSONResponse:
        metric = metric_of_short_id(short_id)
        if metric is None or not await stat_exists(token, short_id):
            return JSONResponse({"msg": "stat not found"}, 404)
        return metric

    @routes.delete("/x/{token:path}/stats/{short_id}", summary="Put a stat in the trash, for 48 hours")
    async def delete(request: Request, token: str, short_id: str) -> JSONResponse:
        account = await caller(token)
        if isinstance(account, JSONResponse):
            return account
        metric = await stat(token, short_id)
        if isinstance(metric, JSONResponse):
            return metric
        await accounts.delete_stat(account.product, metric)
        return JSONResponse({"msg": "stat deleted."})

    refuse(routes, ["GET"], "/a1/comments")

    @routes.post("/a1/comments", summary="Comment on a stat, as the official CLI does", openapi_extra=_BASIC)
    async def comment(request: Request) -> JSONResponse:
        token = basic_user(request.headers.get("authorization", ""))
        account = await caller(token)
        if isinstance(account, JSONResponse):
            return account
        fields = parse(request.scope["query_string"], await body_of(request, COMMENT_BYTES_MAX))
        metric = await stat(token, fields.get("id", ""))
        if isinstance(metric, JSONResponse):
            return metric
        try:
            await accounts.comment_on_stat(account.product, metric, fields.get("text", ""))
        except CommandRefusedError as refused:
            return JSONResponse({"message": str(refused)}, 400)
        return JSONResponse({"message": "comment saved."})

    return routes
