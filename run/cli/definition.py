"""`tilde definition`: how events, properties and metrics are called and shown."""

from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from run.cli.account import show
from run.cli.operated import OpenOperator, operated
from run.cli.options import AsJson
from run.cli.products import Product, product_path
from run.process.printing import print_json, print_table
from tilde.domain.catalog.definition_records import PropertyType, UnitType
from tilde.errors import TildeError

app = typer.Typer(no_args_is_help=True, help="Say how events, properties and metrics are called and shown.")

DisplayName = Annotated[str | None, typer.Option(help="What it is shown as; empty: its own name.", show_default=False)]
Description = Annotated[str | None, typer.Option(help="What it means; empty: nothing.", show_default=False)]
Visible = Annotated[
    bool | None, typer.Option("--visible/--hidden", help="Whether it is to be shown.", show_default=False)
]
Delete = Annotated[bool, typer.Option("--delete", help="Say nothing of it any more.")]
_NOTHING = "say what to set: --display-name, --description, --visible or --hidden"


@app.command("list")
@operated
def list_definitions(open_operator: OpenOperator, product: Product, as_json: AsJson = False) -> None:
    """List what is said of a product's events, properties and metrics."""
    with open_operator() as op:
        said = op.call("GET", f"{product_path(op, product)}/definitions")
    if as_json:
        print_json(said)
        return
    rows = [
        [kind, one.get("name") or one["stat"], one.get("display_name") or one.get("title") or "", _shown(one)]
        for kind, them in said.items()
        for one in them
    ]
    print_table(["of", "name", "shown as", "shown"], rows)


@app.command("event")
@operated
def define_event(
    open_operator: OpenOperator,
    product: Product,
    name: Annotated[str, typer.Argument(help="The event's name; case does not count.")],
    display_name: DisplayName = None,
    description: Description = None,
    visible: Visible = None,
    delete: Delete = False,
    as_json: AsJson = False,
) -> None:
    """Say how an event is called and shown, also before it first happens."""
    said = {"display_name": display_name, "description": description, "is_visible": visible}
    _define(open_operator, product, "events", {"name": name}, said, _NOTHING, delete=delete, as_json=as_json)


@app.command("property")
@operated
def define_property(
    open_operator: OpenOperator,
    product: Product,
    name: Annotated[str, typer.Argument(help="The property's name; case does not count.")],
    display_name: DisplayName = None,
    description: Description = None,
    visible: Visible = None,
    type_: Annotated[
        PropertyType | None, typer.Option("--type", help="What its values are.", show_default=False)
    ] = None,
    delete: Delete = False,
    as_json: AsJson = False,
) -> None:
    """Say how a property is called and shown, also before it is first set."""
    said = {"display_name": display_name, "description": description, "is_visible": visible, "type": type_}
    nothing = f"{_NOTHING}, --type"
    _define(open_operator, product, "properties", {"name": name}, said, nothing, delete=delete, as_json=as_json)


@app.command("metric")
@operated
def define_metric(
    open_operator: OpenOperator,
    product: Product,
    stat: Annotated[str, typer.Argument(help="The id of its stat: `tilde stat list`.")],
    title: Annotated[
        str | None, typer.Option(help="What it is shown as; empty: its stat's name.", show_default=False)
    ] = None,
    description: Description = None,
    visible: Visible = None,
    unit_type: Annotated[UnitType | None, typer.Option(help="What it counts in.", show_default=False)] = None,
    color: Annotated[str | None, typer.Option(help="Its color; empty: none.", show_default=False)] = None,
    sort_index: Annotated[int | None, typer.Option(help="Its place among others.", show_default=False)] = None,
    delete: Delete = False,
    as_json: AsJson = False,
) -> None:
    """Say how a metric is called and shown. Its stat keeps its name. A metric that you keep has `tilde metric set`."""
    said: dict[str, Any] = {"title": title, "description": description, "is_visible": visible}
    said |= {"unit_type": unit_type, "color": color, "sort_index": sort_index}
    nothing = "say what to set: --title, --description, --visible or --hidden, --unit-type, --color, --sort-index"
    which = {"stat": stat}
    _define(
        open_operator, product, "metrics", which, said, nothing, delete=delete, as_json=as_json, needs_store=not delete
    )


def _define(
    open_operator: OpenOperator,
    product: str,
    kind: str,
    which: dict[str, str],
    said: dict[str, Any],
    nothing: str,
    *,
    delete: bool,
    as_json: bool,
    needs_store: bool = False,
) -> None:
    body = {name: value for name, value in said.items() if value is not None}
    if delete == bool(body):
        raise TildeError(f"{nothing}; or --delete alone")
    with open_operator(needs_store=needs_store) as op:
        path = f"{product_path(op, product)}/definitions/{kind}?{urlencode(which)}"
        show(op.call("DELETE", path) if delete else op.call("PATCH", path, body), as_json=as_json)


def _shown(one: dict[str, Any]) -> str:
    return "yes" if one["is_visible"] else "no"
