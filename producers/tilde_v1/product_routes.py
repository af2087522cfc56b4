"""Products, `/tilde/v1/products`: the operator makes and changes them, the holder of an account's token reads his."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.security import HTTPBearer
from pydantic import Field

from producers.admin.accounts import Accounts
from producers.admin.key_making import warnings_of
from producers.admin.products import Products
from producers.tilde_v1.request_bodies import Body, GivenKey
from producers.web.holder import holder, require_operator
from tilde.catalog.key_lookup import KeyLookup
from tilde.domain.catalog.keys import BROUGHT_KEY
from tilde.domain.catalog.state import Product
from tilde.keys.authorization import is_operator
from tilde.own_paths import PRODUCTS
from tilde.web.bodies import guarded
from tilde.web.calls import IDS_BYTES_MAX

ID_MAX = 1 << 31
Id = Annotated[int, Path(ge=1, le=ID_MAX)]
_OPERATOR = HTTPBearer(auto_error=False, scheme_name="Operator", description="The operator token.")
_EITHER = HTTPBearer(
    auto_error=False, scheme_name="OperatorOrAccount", description="The operator token, or an account's access token."
)


_BROUGHT_KEY = Field(
    alias=BROUGHT_KEY.value,
    description="The one that its clients have already; it takes the place of the one that it has.",
)


class NewProduct(Body):
    """A product to make beside those that an account has."""

    account: Annotated[str, Field(description="The name of the account.")]
    name: Annotated[str, Field(description="Unique in the account.")]
    domain: str = ""
    timezone: Annotated[str | None, Field(description="IANA name; UTC unless given.")] = None
    environment: Annotated[str, Field(description="Such as production, staging, development.")] = ""
    uuid: Annotated[str | None, Field(max_length=64, description="The one that its clients know it by already.")] = None
    brought_key: Annotated[GivenKey | None, _BROUGHT_KEY] = None


class ProductChange(Body):
    """What is to become of a product; what is not sent stays."""

    name: str | None = None
    domain: str | None = None
    timezone: Annotated[str | None, Field(description="IANA name; empty: none from now on.")] = None
    environment: Annotated[str | None, Field(description="Such as production; empty: none from now on.")] = None
    brought_key: Annotated[GivenKey | None, _BROUGHT_KEY] = None


def router(products: Products, accounts: Accounts, keys: KeyLookup, operator_token: str) -> APIRouter:
    """The routes."""
    calls = _ProductCalls(products, accounts)
    reads = APIRouter(
        prefix=PRODUCTS,
        tags=["Products"],
        dependencies=[Depends(_EITHER)],
        route_class=guarded(partial(_check_reader, keys, operator_token), IDS_BYTES_MAX),
    )
    writes = APIRouter(
        prefix=PRODUCTS,
        tags=["Products"],
        dependencies=[Depends(_OPERATOR)],
        route_class=guarded(partial(require_operator, operator_token), IDS_BYTES_MAX),
    )
    reads.add_api_route("", calls.list_products, methods=["GET"], summary="All products")
    reads.add_api_route("/{id_}", calls.show_product, methods=["GET"], summary="One product")
    writes.add_api_route("", calls.create_product, methods=["POST"], summary="Make another product of an account")
    writes.add_api_route("/{id_}", calls.change_product, methods=["PATCH"], summary="Change a product")
    both = APIRouter()
    both.include_router(reads)
    both.include_router(writes)
    return both


async def _check_reader(keys: KeyLookup, operator_token: str, request: Request) -> None:
    """Leaves with the request whose products may be read: None stands for everybody's."""
    authorization = request.headers.get("authorization", "")
    request.state.account = None
    if not is_operator(authorization, operator_token):
        request.state.account, _ = await holder(keys, authorization)


class _ProductCalls:
    """What each route does."""

    def __init__(self, products: Products, accounts: Accounts) -> None:
        self._products = products
        self._accounts = accounts

    async def list_products(
        self,
        request: Request,
        account: Annotated[str, Query(description="For the operator: those of the account of this name.")] = "",
    ) -> list[dict[str, Any]]:
        """The operator's answer has all accounts' products, with their keys; that of a token its account's, without."""
        reader = request.state.account
        if reader is None:
            found = self._products.of(self._accounts.named(account).id) if account else self._products.all()
        else:
            found = self._products.of(reader.id)
        return [self._shown(request, product) for product in found]

    async def show_product(self, request: Request, id_: Id) -> dict[str, Any]:
        """With its keys, where the operator asks."""
        reader = request.state.account
        return self._shown(request, self._products.one(id_, None if reader is None else reader.id))

    async def create_product(self, body: NewProduct) -> dict[str, Any]:
        """With ids and keys of its own; an account's keys open its first one, as before."""
        account = self._accounts.named(body.account)
        given = {} if body.brought_key is None else {BROUGHT_KEY: body.brought_key}
        made = await self._products.create(
            account.id, body.name, body.domain, body.timezone, given, body.uuid, body.environment
        )
        return self._with_warnings(made, body.brought_key)

    async def change_product(self, id_: Id, body: ProductChange) -> dict[str, Any]:
        """What is not sent stays as it is. A key is a command of its own, and the first one: where it is refused,
        nothing is changed.
        """
        product = self._products.one(id_)
        if body.brought_key is not None:
            product = await self._products.adopt(product, BROUGHT_KEY, body.brought_key)
        if body.brought_key is None or body.model_dump(exclude={"brought_key"}, exclude_none=True):
            said = body.name, body.domain, body.timezone, body.environment
            product = await self._products.change(product.id, *said)
        return self._with_warnings(product, body.brought_key)

    def _with_warnings(self, product: Product, given: str | None) -> dict[str, Any]:
        """A product, and what is to be said of the key that was given it, as it is kept."""
        shown = self._products.show(product)
        return shown if given is None else shown | warnings_of({BROUGHT_KEY: shown[BROUGHT_KEY.value]})

    def _shown(self, request: Request, product: Product) -> dict[str, Any]:
        return self._products.show(product, keys=request.state.account is None)
