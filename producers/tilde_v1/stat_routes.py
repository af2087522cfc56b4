"""What the holder of an access token deletes through Tilde's own API: `DELETE /tilde/v1/stats..`. Bearer: the token."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from fastapi.security import HTTPBearer

from producers.admin.deletions import Deletions, Unwanted, unwanted
from tilde.catalog.key_lookup import KeyLookup
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account
from tilde.web.methods import refuse

BASE = "/tilde/v1/stats"
_SCHEME = HTTPBearer(auto_error=False, description="An account's access token.")
From = Annotated[str, Query(alias="from", description="Unix time or ISO 8601.")]
To = Annotated[str, Query(description="Unix time or ISO 8601, itself excluded.")]
Zone = Annotated[str, Query(description="IANA time zone of times without an offset.")]
Id = Annotated[list[str] | None, Query(description="A stat; as often as there are some.")]
Prefix = Annotated[str, Query(description="All stats whose names begin so.")]
BODY: dict[str, Any] = {
    "requestBody": {"content": {"application/json": {"schema": Unwanted.model_json_schema()}}, "required": False}
}


async def holder(keys: KeyLookup, authorization: str) -> tuple[Account, str]:
    """The account of `Bearer TOKEN`, and the token. Raises HTTPException, LogError."""
    scheme, _, token = authorization.partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else ""
    account = await keys.find(KeyKind.TOKEN, token)
    if account is None:
        raise HTTPException(401, "invalid access token", {"www-authenticate": "Bearer"})
    return account, token


def router(keys: KeyLookup, deletions: Deletions) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix=BASE, tags=["Stats"], dependencies=[Depends(_SCHEME)])

    async def caller(authorization: Annotated[str, Header(include_in_schema=False)] = "") -> tuple[Account, str]:
        return await holder(keys, authorization)

    Caller = Annotated[tuple[Account, str], Depends(caller)]  # noqa: N806 - an annotation

    @routes.delete("", summary="Put many stats in the trash, for 48 hours", openapi_extra=BODY)
    @routes.post("/delete", summary="Put many stats in the trash, for 48 hours", openapi_extra=BODY)
    async def delete_stats(request: Request, who: Caller, id: Id = None, prefix: Prefix = "") -> dict[str, Any]:  # noqa: A002
        """Those of some ids, or those whose names begin with `prefix`; in the query, or as JSON in the body."""
        account, token = who
        return await deletions.stats(account.product, BASE, token, await unwanted(request))

    refuse(routes, ["DELETE"], "/find")
    refuse(routes, ["GET", "DELETE"], "/delete")

    @routes.delete("/{stat}", summary="Put a stat in the trash, for 48 hours")
    async def delete_stat(stat: str, who: Caller) -> dict[str, Any]:
        account, token = who
        gone = await deletions.stats(account.product, BASE, token, Unwanted(ids=[stat]))
        if not gone["deleted"]:
            raise HTTPException(404, "stat not found")
        return {"id": stat, "deleted": True}

    @routes.delete("/{stat}/points", summary="Take single points back, for ever")
    async def delete_points(stat: str, who: Caller, from_: From = "", to: To = "", tz: Zone = "UTC") -> dict[str, Any]:
        """Those whose time lies in a range, and that were acknowledged before; what is posted later stays."""
        account, token = who
        range_ = {"from": from_, "to": to, "tz": tz}
        return await deletions.points(account.product, BASE, token, quote(stat, safe=""), range_)

    return routes
