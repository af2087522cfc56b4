"""`tilde product`: the products of accounts."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from run.cli.account import show, show_all, warn
from run.cli.key_options import KeysOfProduct, option_of
from run.cli.operated import OpenOperator, operated
from run.cli.options import AsJson, given_of
from run.cli.products import Product, product_path
from tilde.domain.catalog.keys import BROUGHT_KEY
from tilde.own_paths import PRODUCTS

app = typer.Typer(
    no_args_is_help=True,
    help="Make and change products. An account begins with one; each has stats, ids, keys and a time zone of its own.",
)


@app.command()
@operated
def create(
    open_operator: OpenOperator,
    name: Annotated[str, typer.Argument(help="Its name, unique in the account.")],
    keys: KeysOfProduct,
    account: Annotated[str, typer.Option("--account", "-a", help="The name of the account that gets it.")] = "main",
    domain: Annotated[str, typer.Option(help="The web site that it counts, where it is one.")] = "",
    timezone: Annotated[str, typer.Option(help="Its IANA time zone; UTC unless given.")] = "",
    environment: Annotated[str, typer.Option(help="Such as production, staging, development.")] = "",
    uuid: Annotated[
        str | None, typer.Option(help="The UUID that its clients know it by already.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make another product of an account, and print its id and keys."""
    body: dict[str, Any] = {"account": account, "name": name, "domain": domain, "timezone": timezone}
    body |= {"environment": environment} if environment else {}
    body |= keys() | ({} if uuid is None else {"uuid": uuid})
    with open_operator() as op:
        _show(op.call("POST", PRODUCTS, body), as_json=as_json)


@app.command("list")
@operated
def list_products(
    open_operator: OpenOperator,
    account: Annotated[str, typer.Option("--account", "-a", help="Only those of this account.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the products of all accounts, or of one."""
    with open_operator() as op:
        products = op.call("GET", f"{PRODUCTS}?{urlencode({'account': account})}" if account else PRODUCTS)
    cells: dict[str, Callable[[Any], str]] = {
        "id": lambda product: str(product["id"]),
        "account": lambda product: product["account"],
        "name": lambda product: product["name"],
        "first": lambda product: "yes" if product["is_first"] else "",
        "domain": lambda product: product["domain"],
        "time zone": lambda product: product["timezone"] or "(none)",
    }
    show_all(products, cells, as_json=as_json)


@app.command("show")
@operated
def show_product(open_operator: OpenOperator, product: Product, as_json: AsJson = False) -> None:
    """Show a product with its keys."""
    with open_operator() as op:
        show(op.call("GET", product_path(op, product)), as_json=as_json)


@app.command("set")
@operated
def set_product(
    open_operator: OpenOperator,
    product: Product,
    keys: KeysOfProduct,
    name: Annotated[str | None, typer.Option(help="Its new name.", show_default=False)] = None,
    domain: Annotated[str | None, typer.Option(help="The web site that it counts.", show_default=False)] = None,
    timezone: Annotated[str | None, typer.Option(help="Its IANA time zone; empty: none.", show_default=False)] = None,
    environment: Annotated[
        str | None, typer.Option(help="Such as production, staging; empty: none.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change what a product is called and where it is, or give it the key that clients have already."""
    options = f"--name, --domain, --timezone, --environment, --{option_of(BROUGHT_KEY)}"
    body = given_of(options, name=name, domain=domain, timezone=timezone, environment=environment, **keys())
    with open_operator() as op:
        _show(op.call("PATCH", product_path(op, product), body), as_json=as_json)


def _show(product: dict[str, Any], *, as_json: bool) -> None:
    warn(product)
    show(product, as_json=as_json)
