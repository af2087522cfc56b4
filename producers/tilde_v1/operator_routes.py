"""The operator's API, `/tilde/v1/accounts`: what `tilde account` and `tilde stat` call. Bearer: the
operator token.
"""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.security import HTTPBearer
from pydantic import Field, create_model

from producers.admin.accounts import Accounts, SaidOfContact
from producers.admin.resellers import SaidOfReseller
from producers.tilde_v1.operator_stats import StatCalls
from producers.tilde_v1.request_bodies import Body, GivenKey
from producers.tilde_v1.stat_routes import BODY, OfProduct
from producers.web.holder import require_operator
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.resellers import TRAFFIC_MAX
from tilde.domain.catalog.switches import Switch
from tilde.domain.sites.hosts import HOST_MAX
from tilde.own_paths import ACCOUNTS
from tilde.web.bodies import guarded
from tilde.web.calls import IDS_BYTES_MAX
from tilde.web.methods import refuse


class NewAccount(Body):
    """An account to create; keys not given are made."""

    name: str
    email: Annotated[str | None, Field(max_length=254)] = None
    domain: Annotated[str, Field(max_length=HOST_MAX)] = ""
    keys: Annotated[dict[KeyKind, GivenKey], Field(default_factory=dict)]


class NewKey(Body):
    """A key to take the place of the one of its kind; made when not given."""

    kind: KeyKind
    key: GivenKey | None = None
    product: Annotated[int | None, Field(description="Whose, of a kind that products have; else the first one's.")] = (
        None
    )


_ZONE = Field(
    None, description="IANA name; empty: none from now on. Hours from GMT, -8: those of a white label's new sites."
)
_LIMIT = Field(None, ge=-1, le=TRAFFIC_MAX, description="Of a white label; -1: none of its own from now on.")
_RESELLER: Any = {
    "domain": (str | None, Field(None, max_length=300, description="A white label's host name; empty: none.")),
    "js_name": (
        str | None,
        Field(None, description="The global variable of its tracker; empty: the one that all have."),
    ),
    **dict.fromkeys(("max_users", "max_sites", "max_goals", "max_traffic"), (int | None, _LIMIT)),
    "dst": (str | None, Field(None, description="Summer time of its new sites: usa, eu, 1 or 0.")),
}
_HOUR = Field(None, ge=-1, le=23, description="When its reports come, by that time zone; -1: as those of all.")
_CONTACT: Any = {
    f"contact_{name}": (
        str | None,
        Field(None, max_length=300, description=f"{of} of whom to ask about it; empty: none."),
    )
    for name, of in (("name", "The name"), ("phone", "The telephone number"), ("country", "The country"))
}
_ALL: Any = {switch.value: (bool | None, None) for switch in Switch}
_ALL |= {"timezone": (str | None, _ZONE), "report_hour": (int | None, _HOUR)} | _RESELLER | _CONTACT
AccountChanges = create_model("AccountChanges", __base__=Body, __doc__="What is not sent stays.", **_ALL)


# It only describes itself in the documentation: a wrong header is told in our own words.
_SCHEME = HTTPBearer(auto_error=False, scheme_name="Operator", description="The operator token.")


def _refuse_what_is_not_there(routes: APIRouter) -> None:
    """Of paths that the query API takes for others, `/stats/delete` for a stat of that id, or that it does not know."""
    refuse(routes, ["DELETE"], "/{name}/stats/find")
    refuse(routes, ["GET", "DELETE"], "/{name}/stats/delete")
    refuse(routes, ["GET"], "/{name}/keys", "/{name}/keys/{kind}", "/{name}/stats/{stat}/restore")


def routes_of(prefix: str, operator_token: str, tag: str = "Operator") -> APIRouter:
    """Routes of the operator alone, who is asked for his token before anything that he sends is read. `tag` is where
    the documentation lists them.
    """
    return APIRouter(
        prefix=prefix,
        tags=[tag],
        dependencies=[Depends(_SCHEME)],
        route_class=guarded(partial(require_operator, operator_token), IDS_BYTES_MAX),
    )


def router(accounts: Accounts, of_stat: StatCalls, operator_token: str) -> APIRouter:
    """The routes."""
    of_account = _AccountCalls(accounts)
    routes = routes_of(ACCOUNTS, operator_token)
    get, post = partial(routes.add_api_route, methods=["GET"]), partial(routes.add_api_route, methods=["POST"])
    delete, patch = partial(routes.add_api_route, methods=["DELETE"]), partial(routes.add_api_route, methods=["PATCH"])
    get("", of_account.list_accounts, summary="All accounts")
    post("", of_account.create_account, summary="Create an account")
    get("/{name}", of_account.show_account, summary="One account, with its keys")
    switched = "Change what an account takes and gets"
    patch("/{name}", of_account.change_account, summary=switched)
    post("/{name}/keys", of_account.rotate_key, summary="Give an account a new key of a kind")
    delete("/{name}/keys/{kind}", of_account.revoke_key, summary="Take a key away from an account")
    post("/{name}/stats", of_stat.create_stat, summary="Create a stat before its first post")
    _refuse_what_is_not_there(routes)
    changed = "Rename a stat, share it, take it into the daily report"
    patch("/{name}/stats/{stat}", of_stat.change_stat, summary=changed)
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

    async def change_account(self, name: str, body: AccountChanges) -> dict[str, Any]:
        """What is not sent stays as it is. The time zone is its first product's, hours from GMT its new sites'. What is
        sent is carried out as some commands, one behind the other: where no answer comes the first may hold without the
        others, and asking again does all.
        """
        sent = body.model_dump(exclude_none=True)
        zone, hour, rule = sent.pop("timezone", None), sent.pop("report_hour", None), sent.pop("dst", None)
        said = {field: sent.pop(field) for field in _RESELLER if field in sent}
        contact = {field.removeprefix("contact_"): sent.pop(field) for field in _CONTACT if field in sent}
        switches = {Switch(switch): on for switch, on in sent.items()}
        reseller = SaidOfReseller(**said, clock_rule=rule)
        return await self._accounts.change(name, switches, zone, hour, reseller, SaidOfContact(**contact))

    async def rotate_key(self, name: str, body: NewKey) -> dict[str, Any]:
        """The old one of that kind ends at once. The new one is in the answer."""
        return await self._accounts.rotate(name, body.kind, body.key, body.product)

    async def revoke_key(self, name: str, kind: KeyKind, product: OfProduct = None) -> dict[str, Any]:
        """It ends at once; the account, or its product, has none of that kind then."""
        return await self._accounts.revoke(name, kind, product)
