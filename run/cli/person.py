"""`tilde person`: the people of a product, each by one of his identities."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from run.cli.account import show as show_one
from run.cli.operated import OpenOperator, operated
from run.cli.operators import Operator
from run.cli.options import AsJson
from run.cli.products import ProductOption, product_id
from run.process.printing import print_json, print_lines, print_table
from tilde.errors import TildeError
from tilde.own_paths import person_path

app = typer.Typer(no_args_is_help=True, help="Show people of products with what they did, and erase them.")

Identity = Annotated[str, typer.Argument(help="One of the person's identities, as it was sent.")]


@app.command()
@operated
def show(
    open_operator: OpenOperator,
    identity: Identity,
    product: ProductOption,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many of his acts, the latest ones.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show all that is known of a person: his identities, the last value of each property, and what he did."""
    with open_operator(needs_store=True) as op:
        person = _person(op, product_id(op, product), identity, limit=limit)
    if as_json:
        print_json(person)
        return
    print_lines(f"{person['who'] or '(erased)'}, person {person['person']} of product {person['product']}", "")
    each = [[str(one["number"]), one["identity"] or "(erased)"] for one in person["identities"]]
    print_table(["NUMBER", "IDENTITY"], each)
    if person["properties"]:
        print_lines("")
        rows = [[name, _shown(one["value"]), _time(one["at"])] for name, one in person["properties"].items()]
        print_table(["PROPERTY", "VALUE", "SINCE"], rows)
    if person["acts"]:
        print_lines("")
        rows = [[_time(act["at"]), act["event"] or "(set)", _said(act["properties"])] for act in person["acts"]]
        print_table(["WHEN", "EVENT", "PROPERTIES"], rows)


@app.command()
@operated
def erase(open_operator: OpenOperator, identity: Identity, product: ProductOption, as_json: AsJson = False) -> None:
    """Erase a person under all of his identities: nobody can read afterwards who he was and what was said of him. What
    he did stays counted. Reports and metrics that name him are told, for you to change or delete.
    """
    with open_operator(needs_store=True) as op:
        erased = op.call("DELETE", f"{person_path(product_id(op, product))}?{urlencode({'identity': identity})}")
    if not (erased["known"] or erased["erased"]):
        raise TildeError("nobody has this identity")
    if as_json:
        print_json(erased)
        return
    named_by = erased.pop("named_by")
    show_one(erased, as_json=False)
    if named_by:
        print_lines("", "These name him. Change or delete them (tilde saved-report, tilde metric):")
        print_table(["KIND", "ID", "NAME"], [[one["kind"], one["id"], one["name"]] for one in named_by])


def _person(op: Operator, product: int, identity: str, limit: int) -> dict[str, Any]:
    """Raises TildeError where there is none."""
    asked = urlencode({"identity": identity, "limit": limit})
    person: dict[str, Any] = op.call("GET", f"{person_path(product)}?{asked}")
    return person


def _said(properties: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_shown(value)}" for name, value in properties.items())


def _shown(value: Any) -> str:
    if value is None:
        return "(erased)"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _time(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M:%S}"
