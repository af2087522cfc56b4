"""What the holder of an access token deletes through Tilde's own API: `DELETE /tilde/v1/stats..`. Bearer: the token."""

from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from fastapi.security import HTTPBearer

from producers.admin.accounts import Accounts
from producers.tilde_v1.deletions import Deletions, Unwanted, unwanted
from producers.web.holder import holder
from tilde.catalog.key_lookup import KeyLookup
from tilde.own_paths import STATS
from tilde.web.methods import refuse

_SCHEME = HTTPBearer(auto_error=False, description="An account's access token.")
From = Annotated[str, Query(alias="from", description="Unix time or ISO 8601.")]
To = Annotated[str, Query(description="Unix time or ISO 8601, itself excluded.")]
Zone = Annotated[str, Query(description="IANA time zone of times without an offset.")]
Id = Annotated[list[str] | None, Query(description="A stat; as often as there are some.")]
Prefix = Annotated[str, Query(description="All stats whose names begin so.")]
OfProduct = Annotated[int | None, Query(description="One of the account's products; its first unless given.")]
Bearer = Annotated[str, Header(include_in_schema=False)]
BODY: dict[str, Any] = {
    "requestBody": {"content": {"application/json": {"schema": Unwanted.model_json_schema()}}, "required": False}
}


def router(keys: KeyLookup, accounts: Accounts, deletions: Deletions) -> APIRouter:
    """The routes."""
    calls = _StatCalls(keys, accounts, deletions)
    routes = APIRouter(prefix=STATS, tags=["Stats"], dependencies=[Depends(_SCHEME)])
    delete, post = partial(routes.add_api_route, methods=["DELETE"]), partial(routes.add_api_route, methods=["POST"])
    many = "Put many stats in the trash, for 48 hours"
    post("/delete", calls.delete_stats, summary=many, openapi_extra=BODY)
    delete("", calls.delete_stats, summary=many, openapi_extra=BODY)
    refuse(routes, ["DELETE"], "/find")
    refuse(routes, ["GET", "DELETE"], "/delete")
    delete("/{stat}", calls.delete_stat, summary="Put a stat in the trash, for 48 hours")
    delete("/{stat}/points", calls.delete_points, summary="Take single points back, for ever")
    return routes


class _StatCalls:
    """What each route does, once it is clear whose token it was given."""

    def __init__(self, keys: KeyLookup, accounts: Accounts, deletions: Deletions) -> None:
        self._keys = keys
        self._accounts = accounts
        self._deletions = deletions

    async def delete_stats(
        self,
        request: Request,
        authorization: Bearer = "",
        id: Id = None,  # noqa: A002
        prefix: Prefix = "",
        product: OfProduct = None,
    ) -> dict[str, Any]:
        """Those of some ids, or those whose names begin with `prefix`; in the query, or as JSON in the body."""
        account, token = await holder(self._keys, authorization)
        of_product = self._accounts.product_of(account, product)
        return await self._deletions.stats(of_product, STATS, token, await unwanted(request))

    async def delete_stat(self, stat: str, authorization: Bearer = "", product: OfProduct = None) -> dict[str, Any]:
        account, token = await holder(self._keys, authorization)
        of_product = self._accounts.product_of(account, product)
        gone = await self._deletions.stats(of_product, STATS, token, Unwanted(ids=[stat]))
        if not gone["deleted"]:
            raise HTTPException(404, "stat not found")
        return {"id": stat, "deleted": True}

    async def delete_points(
        self,
        stat: str,
        authorization: Bearer = "",
        from_: From = "",
        to: To = "",
        tz: Zone = "UTC",
        product: OfProduct = None,
    ) -> dict[str, Any]:
        """Those whose time lies in a range, and that were acknowledged before; what is posted later stays."""
        account, token = await holder(self._keys, authorization)
        of_product, range_ = self._accounts.product_of(account, product), {"from": from_, "to": to, "tz": tz}
        return await self._deletions.points(of_product, STATS, token, quote(stat, safe=""), range_)
