"""The operator's API, `/tilde/v1/accounts` and their stats: what `tilde account` and `tilde stat` call. Bearer: the
operator token.
"""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from producers.admin.accounts import Accounts
from producers.admin.stats import StatCommands
from producers.edge.command_desk import CommandDesk
from producers.tilde_v1.deletions import Deletions, unwanted
from producers.tilde_v1.stat_routes import BODY, From, Id, Prefix, To, Zone
from tilde.dialects.tilde_v1 import ACCOUNTS, GENERATIONS, account_path
from tilde.domain.catalog.generations import ActivateGeneration
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.switches import Switch
from tilde.domain.stats.metrics import Kind, metric_of_short_id
from tilde.keys.authorization import REFUSAL, is_operator
from tilde.web.bodies import guarded
from tilde.web.calls import IDS_BYTES_MAX
from tilde.web.methods import refuse

GENERATION_MAX = 1_000_000

AccountHasStat = Callable[[str, str, str], Awaitable[bool]]
"""Asks the query API whether the account of a name has a stat of this short id in sight, with the operator token."""

HasCaughtUp = Callable[[str], Awaitable[bool]]
"""Asks the query API, as the operator, whether the generation being built is as far as the live one."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, body: Any) -> Any:
        try:
            json.dumps(body, ensure_ascii=False, default=repr).encode()
        except UnicodeEncodeError:
            raise ValueError("has half a surrogate pair, which is no text") from None
        return body


GivenKey = Annotated[str, Field(min_length=1, max_length=256)]
"""A key that somebody gives. An empty one is a variable that was not set, and no wish to have one made."""


class NewAccount(_Body):
    """An account to create; keys not given are made."""

    name: str
    email: Annotated[str | None, Field(max_length=254)] = None
    domain: Annotated[str, Field(max_length=253)] = ""
    keys: dict[KeyKind, GivenKey] = {}


class NewKey(_Body):
    """A key to take the place of the one of its kind; made when not given."""

    kind: KeyKind
    key: GivenKey | None = None


_ALL: Any = {switch.value: (bool | None, None) for switch in Switch}
Switches = create_model("Switches", __base__=_Body, __doc__="Switches of an account; what is not sent stays.", **_ALL)


class NewStat(_Body):
    """A stat to create before its first post."""

    name: str
    kind: Kind


# It only describes itself in the documentation: a wrong header is told in our own words.
_SCHEME = HTTPBearer(auto_error=False, scheme_name="Operator", description="The operator token.")


def _refuse_what_is_not_there(routes: APIRouter) -> None:
    """Of paths that the query API takes for others, `/stats/delete` for a stat of that id, or that it does not know."""
    refuse(routes, ["DELETE"], "/{name}/stats/find")
    refuse(routes, ["GET", "DELETE"], "/{name}/stats/delete")
    refuse(routes, ["GET"], "/{name}/keys", "/{name}/keys/{kind}", "/{name}/stats/{stat}/restore")


def _routes(prefix: str, operator_token: str) -> APIRouter:
    """Routes of the operator alone, who is asked for his token before anything that he sends is read."""

    def check(request: Request) -> None:
        if not is_operator(request.headers.get("authorization", ""), operator_token):
            raise HTTPException(401, REFUSAL, {"www-authenticate": "Bearer"})

    return APIRouter(
        prefix=prefix, tags=["Operator"], dependencies=[Depends(_SCHEME)], route_class=guarded(check, IDS_BYTES_MAX)
    )


def router(accounts: Accounts, of_stat: "StatCalls", operator_token: str) -> APIRouter:
    """The routes."""
    of_account = _AccountCalls(accounts)
    routes = _routes(ACCOUNTS, operator_token)
    get, post = partial(routes.add_api_route, methods=["GET"]), partial(routes.add_api_route, methods=["POST"])
    delete, patch = partial(routes.add_api_route, methods=["DELETE"]), partial(routes.add_api_route, methods=["PATCH"])
    get("", of_account.list_accounts, summary="All accounts")
    post("", of_account.create_account, summary="Create an account")
    get("/{name}", of_account.show_account, summary="One account, with its keys")
    switched = "Switch an account's ezkey, or its e-mail address as ezkey, on or off"
    patch("/{name}", of_account.change_account, summary=switched)
    post("/{name}/keys", of_account.rotate_key, summary="Give an account a new key of a kind")
    delete("/{name}/keys/{kind}", of_account.revoke_key, summary="Take a key away from an account")
    post("/{name}/stats", of_stat.create_stat, summary="Create a stat before its first post")
    _refuse_what_is_not_there(routes)
    delete("/{name}/stats/{stat}", of_stat.delete_stat, summary="Put a stat in the trash, for 48 hours")
    many = "Put many stats in the trash, for 48 hours"
    post("/{name}/stats/delete", of_stat.delete_stats, summary=many, openapi_extra=BODY)
    delete("/{name}/stats", of_stat.delete_stats, summary=many, openapi_extra=BODY)
    delete("/{name}/stats/{stat}/points", of_stat.delete_points, summary="Take single points back, for ever")
    post("/{name}/stats/{stat}/restore", of_stat.restore_stat, summary="Take a stat out of the trash")
    return routes


class _AccountCalls:
    """What the routes of accounts and their keys do."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def list_accounts(self) -> list[dict[str, Any]]:
        """With their keys in the clear, but for access tokens: those are shown when they are made, and never again."""
        return self._accounts.all()

    async def create_account(self, body: NewAccount) -> dict[str, Any]:
        """Its keys are in the answer, the access token for the only time."""
        return await self._accounts.create(body.name, body.email, body.domain, body.keys)

    async def show_account(self, name: str) -> dict[str, Any]:
        """All but the access token, which was shown when it was made."""
        return self._accounts.show(self._accounts.named(name))

    async def change_account(self, name: str, body: Switches) -> dict[str, Any]:
        """What is not sent stays as it is."""
        sent = body.model_dump(exclude_none=True)
        return await self._accounts.change(name, {Switch(switch): on for switch, on in sent.items()})

    async def rotate_key(self, name: str, body: NewKey) -> dict[str, Any]:
        """The old one of that kind ends at once. The new one is in the answer."""
        return await self._accounts.rotate(name, body.kind, body.key)

    async def revoke_key(self, name: str, kind: KeyKind) -> dict[str, Any]:
        """It ends at once; the account has none of that kind then."""
        return await self._accounts.revoke(name, kind)


class StatCalls:
    """What the routes of an account's stats do."""

    def __init__(
        self,
        accounts: Accounts,
        stats: StatCommands,
        operator_token: str,
        has_stat: AccountHasStat,
        deletions: Deletions,
    ) -> None:
        self._accounts = accounts
        self._stats = stats
        self._operator_token = operator_token
        self._has_stat = has_stat
        self._deletions = deletions

    async def create_stat(self, name: str, body: NewStat) -> dict[str, Any]:
        """`key` in the answer is its key for the classic API, `/c` and `/v`."""
        product = self._accounts.named(name).product
        return await self._stats.create(product, body.kind, body.name, spreads=True)

    async def delete_stat(self, name: str, stat: str) -> dict[str, Any]:
        product, metric = self._accounts.named(name).product, _metric(stat)
        if not await self._has_stat(name, stat, self._operator_token):
            raise _no_stat(stat)
        await self._stats.delete(product, metric)
        return {"id": stat, "deleted": True}

    async def delete_stats(self, request: Request, name: str, id: Id = None, prefix: Prefix = "") -> dict[str, Any]:  # noqa: A002
        """Those of some ids, or those whose names begin with `prefix`; in the query, or as JSON in the body."""
        product = self._accounts.named(name).product
        return await self._deletions.stats(product, _stats_of(name), self._operator_token, await unwanted(request))

    async def delete_points(
        self, name: str, stat: str, from_: From = "", to: To = "", tz: Zone = "UTC"
    ) -> dict[str, Any]:
        """Those whose time lies in a range, and that were acknowledged before; what is posted later stays."""
        product, range_ = self._accounts.named(name).product, {"from": from_, "to": to, "tz": tz}
        path = _stats_of(name)
        return await self._deletions.points(product, path, self._operator_token, quote(stat, safe=""), range_)

    async def restore_stat(self, name: str, stat: str) -> dict[str, Any]:
        await self._stats.restore(self._accounts.named(name).product, _metric(stat))
        return {"id": stat, "deleted": False}


def generations_router(desk: CommandDesk, has_caught_up: HasCaughtUp, operator_token: str) -> APIRouter:
    """Where the read pointer is moved."""
    routes = _routes(GENERATIONS, operator_token)

    refuse(routes, ["GET"], "/{generation}/activate")

    @routes.post("/{generation}/activate", summary="Read another generation of the tables (tilde replay)")
    async def activate(generation: Annotated[int, Path(ge=1, le=GENERATION_MAX)]) -> dict[str, int]:
        """From now on this generation of the read models is the one that is read. 409 while it lags behind."""
        if not await has_caught_up(operator_token):
            raise HTTPException(409, f"generation {generation} is not built, or has not caught up yet: tilde replay")
        await desk.ask(ActivateGeneration(generation))
        return {"generation": generation}

    return routes


def _stats_of(name: str) -> str:
    return account_path(name, "stats")


def _metric(stat: str) -> int:
    metric = metric_of_short_id(stat)
    if metric is None:
        raise _no_stat(stat)
    return metric


def _no_stat(stat: str) -> HTTPException:
    return HTTPException(404, f"no stat has the id {stat!r}")
