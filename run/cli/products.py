"""Which product a command is about: somebody says its id, or its name."""

from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from run.cli.operators import Operator
from tilde.errors import TildeError
from tilde.own_paths import PRODUCTS

_WHICH = "its id, as `tilde product list` shows it; or its name"
Product = Annotated[str, typer.Argument(help=f"The product: {_WHICH}, where only one account has it.")]
ProductOption = Annotated[str, typer.Option("--product", help=f"The product: {_WHICH}, where only one account has it.")]
ProductOfAccount = Annotated[
    str | None,
    typer.Option("--product", help=f"A product of it, where it is not the first one: {_WHICH}.", show_default=False),
]


def product_id(op: Operator, product: str, account: str | None = None) -> int:
    """The id of a product of all accounts, or of one. Raises TildeError where none has the name, or several have."""
    if product.isascii() and product.isdecimal():
        return int(product)
    path = PRODUCTS if account is None else f"{PRODUCTS}?{urlencode({'account': account})}"
    named = [each for each in op.call("GET", path) if each["name"] == product]
    if not named:
        raise TildeError(f"no product is called {product!r}; `tilde product list` shows those that there are")
    if len(named) > 1:
        ids = ", ".join(f"{each['id']} of the account {each['account']}" for each in named)
        raise TildeError(f"{len(named)} products are called {product!r}; say which one by its id: {ids}")
    found: int = named[0]["id"]
    return found


def product_path(op: Operator, product: str) -> str:
    """Where a product is. Raises TildeError as `product_id`."""
    return f"{PRODUCTS}/{product_id(op, product)}"


def product_asked(op: Operator, account: str, product: str | None) -> dict[str, Any]:
    """What says to a path of an account of which product it is asked; nothing for the first one. Raises TildeError as
    `product_id`.
    """
    return {} if product is None else {"product": product_id(op, product, account)}
