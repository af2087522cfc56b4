"""`tilde visitor`: the visitors of web sites, and the people of products."""

from typing import Annotated, Any

import typer

from run.cli.account import show
from run.cli.operated import OpenOperator, operated
from run.cli.options import AsJson
from run.cli.products import product_id
from tilde.errors import TildeError
from tilde.own_paths import VISITORS

app = typer.Typer(no_args_is_help=True, help="Erase visitors of web sites, and people of products.")


@app.callback()
def _visitors() -> None:
    """Keeps `erase` a command of its own, though it is the only one."""


@app.command()
@operated
def erase(
    open_operator: OpenOperator,
    site: Annotated[str, typer.Option(help="The site, or the product: its id, or its name.")],
    id_: Annotated[
        str | None,
        typer.Option("--id", help="The visitor's id, which the tracker keeps in a cookie.", show_default=False),
    ] = None,
    session: Annotated[
        str | None, typer.Option(help="A session that the site's server named.", show_default=False)
    ] = None,
    address: Annotated[str | None, typer.Option(help="An address that he had.", show_default=False)] = None,
    custom: Annotated[
        list[str] | None, typer.Option(help="Custom data of him, NAME=VALUE; may come often.", show_default=False)
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(help="An identity of a person of the product: an address.", show_default=False),
    ] = None,
    number: Annotated[
        int | None,
        typer.Option(help="His number: `visitor` of a hit, `identity` of an event.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Erase every visitor of a site of whom one of these is true: afterwards nobody can read what identified them."""
    said = dict(map(_pair, custom or []))
    whom: dict[str, Any] = {"id": id_, "session": session, "address": address, "custom": said or None}
    whom |= {"person": person, "number": number}
    body = {name: value for name, value in whom.items() if value is not None}
    if not body:
        raise TildeError("say whom to erase: --id, --session, --address, --custom, --person, --number")
    with open_operator() as op:
        show(op.call("POST", f"{VISITORS}/erase", {"site": product_id(op, site), **body}), as_json=as_json)


def _pair(text: str) -> tuple[str, str]:
    """Raises TildeError."""
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise TildeError(f"--custom {text!r} is not NAME=VALUE")
    return name, value
