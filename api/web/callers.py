"""Who asks: the account behind an access token, or the operator.

Authority rests on tokens alone: the edge passes the header on as it came.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import HTTPBasic, HTTPBearer

from api.web.refused import RefusedError
from tilde.catalog.follower import CatalogFollower
from tilde.catalog.key_lookup import KeyLookup
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.state import Account, Reach
from tilde.domain.catalog.token_records import Scope
from tilde.domain.stats.numbers import natural
from tilde.keys.authorization import REFUSAL, basic_user, bearer_token, is_operator
from tilde.keys.keyring import Keyring

PRODUCT_DIGITS_MAX = 15
OUT_OF_SCOPE = "the access token is not for this"
INVALID_TOKEN = "invalid access token"  # noqa: S105 - what is said of one
_BEARER = {"www-authenticate": "Bearer"}


# They only describe themselves in the documentation: a wrong header is told in our own words.
class _Described(HTTPBasic):
    async def __call__(self, request: Request) -> None:  # type: ignore[override] # it refuses some, auto_error or not
        return None


basic_scheme = _Described(scheme_name="HTTPBasic", description="User: an access token. Password: empty.")
bearer_scheme = HTTPBearer(auto_error=False, description="An account's access token.")
operator_scheme = HTTPBearer(auto_error=False, scheme_name="Operator", description="The operator token.")
either_scheme = HTTPBearer(
    auto_error=False, scheme_name="OperatorOrAccount", description="The operator token, or an account's access token."
)


async def _caller(request: Request) -> Account:
    account: Account = request.state.account
    return account


OfProduct = Annotated[int | None, Query(description="One of the account's products; its first unless given.")]
"""A parameter of a call: which product's stats."""

Caller = Annotated[Account, Depends(_caller)]
"""A parameter of a call: the account that its router found, by `Callers.holder` or `Callers.basic`."""


def _product_in(request: Request) -> int | None:
    """Raises RefusedError."""
    text = request.query_params.get("product", "")
    if not text:
        return None
    product = natural(text, PRODUCT_DIGITS_MAX)
    if product is None:
        raise RefusedError(422, "product must be the id of a product")
    return product


async def of_product(product: OfProduct = None) -> None:
    """Dependency of what `Callers.holder` opens: it says in the documentation what that reads."""


class Callers:
    """Looks tokens up. What finds an account leaves it with the request, for the calls' `Caller`."""

    def __init__(self, follower: CatalogFollower, keyring: Keyring, operator_token: str) -> None:
        self._follower = follower
        self._lookup = KeyLookup(follower, keyring)
        self._operator_token = operator_token

    async def account_of(self, token: str, headers: dict[str, str] | None = None) -> Account:
        """The account of an access token. Raises RefusedError, LogError."""
        account = await self._lookup.find(KeyKind.TOKEN, token)
        if account is None:
            raise RefusedError(401, INVALID_TOKEN, headers)
        return account

    async def reach_of(self, token: str, scopes: Collection[Scope], headers: dict[str, str] | None = None) -> Reach:
        """What an access token opens, one account's own or one of several, where it is for one of these. Raises
        RefusedError, LogError.
        """
        reach = await self._lookup.find_reach(token)
        if reach is None:
            raise RefusedError(401, INVALID_TOKEN, headers)
        if reach.scopes.isdisjoint(scopes):
            raise RefusedError(403, OUT_OF_SCOPE)
        return reach

    async def holder(self, request: Request) -> None:
        """Finds the account of `Authorization: Bearer TOKEN`, through the product that `product` in the query says: a
        router's dependency, or a check of a request's head. Raises RefusedError, LogError.
        """
        token = bearer_token(request.headers.get("authorization", ""))
        account = await self.account_of(token, _BEARER)
        request.state.account = self.through(account, _product_in(request))

    async def basic(self, request: Request, challenge: dict[str, str]) -> None:
        """Finds the account whose token is the user of `Authorization: Basic`. Raises RefusedError, LogError."""
        token = basic_user(request.headers.get("authorization", ""))
        request.state.account = await self.account_of(token, challenge)

    def operator(self, request: Request) -> None:
        """Dependency: the operator."""
        if not is_operator(request.headers.get("authorization", ""), self._operator_token):
            raise RefusedError(401, REFUSAL, _BEARER)

    async def require_product(self, request: Request, product: int) -> None:
        """That who asks is the operator and the product is there, or holds a token that reaches the account whose it is
        and is for who did what. Raises RefusedError, LogError.
        """
        await self._follower.catch_up()
        header, owner = request.headers.get("authorization", ""), self._follower.catalog.owner_of(product)
        reached = {owner}
        if not is_operator(header, self._operator_token):
            reach = await self.reach_of(bearer_token(header), (Scope.QUERY,), _BEARER)
            reached = {account.id for account in reach.accounts}
        if owner is None or owner not in reached:
            raise RefusedError(404, f"no product has the id {product}")

    def account_named(self, name: str, product: int | None = None) -> Account:
        """The account of this name, as `through` one of its products. Raises RefusedError."""
        catalog = self._follower.catalog
        if name not in catalog.names:
            raise RefusedError(404, f"no account is named {name!r}")
        return self.through(catalog.accounts[catalog.names[name]], product)

    def through(self, account: Account, product: int | None) -> Account:
        """An account as it is read through one of its products: that one stands in the place of its first. Raises
        RefusedError.
        """
        if product is None:
            return account
        found = self._follower.catalog.products.get(product)
        if found is None or found.account != account.id:
            raise RefusedError(404, f"no product has the id {product}")
        return replace(account, product=product)
