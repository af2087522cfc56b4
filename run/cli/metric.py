"""`tilde metric`: metrics of what people do, which a product keeps."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from run.cli.account import show, show_all
from run.cli.operated import OpenOperator, operated
from run.cli.options import AsJson, given_of
from run.cli.products import Product, product_path
from run.process.printing import print_json
from run.process.typed_paths import typed_uuid_path
from tilde.domain.catalog.definition_records import UnitType
from tilde.domain.people.metric import MetricKind
from tilde.domain.people.question import Comparison
from tilde.errors import TildeError
from tilde.own_paths import METRICS

app = typer.Typer(no_args_is_help=True, help="Keep metrics: numbers of what people do, such as how many signed up.")

Metric = Annotated[str, typer.Argument(help="Its id: `tilde metric list`.")]
Event = Annotated[str | None, typer.Option(help="The event; case does not count.", show_default=False)]
Then = Annotated[
    str | None, typer.Option(help="The event that follows, of conversions and time_between.", show_default=False)
]
Property = Annotated[
    str | None, typer.Option("--property", help="Whose numbers count, of total and average.", show_default=False)
]
Where = Annotated[
    str | None,
    typer.Option(
        "--where", help="Count only what was done with this property; as --is and --value say.", show_default=False
    ),
]
Comparing = Annotated[Comparison | None, typer.Option("--is", help="How its value compares.", show_default=False)]
Value = Annotated[str | None, typer.Option(help="With this value.", show_default=False)]
High = Annotated[str | None, typer.Option(help="The other end of between.", show_default=False)]
Description = Annotated[str | None, typer.Option(help="What it means; empty: nothing.", show_default=False)]
Visible = Annotated[
    bool | None, typer.Option("--visible/--hidden", help="Whether it is to be shown.", show_default=False)
]
Unit = Annotated[UnitType | None, typer.Option(help="What it counts in.", show_default=False)]
Color = Annotated[str | None, typer.Option(help="Its color; empty: none.", show_default=False)]
Sort = Annotated[int | None, typer.Option(help="Its place among others.", show_default=False)]


@app.command()
@operated
def create(
    open_operator: OpenOperator,
    product: Product,
    title: Annotated[str, typer.Argument(help="What it is called.")],
    kind: Annotated[MetricKind, typer.Option(help="What it is the number of.")],
    event: Event = None,
    then: Then = None,
    property_: Property = None,
    where: Where = None,
    comparison: Comparing = None,
    value: Value = None,
    high: High = None,
    description: Description = None,
    visible: Visible = None,
    unit_type: Unit = None,
    color: Color = None,
    sort_index: Sort = None,
    as_json: AsJson = False,
) -> None:
    """Keep a metric."""
    said: dict[str, Any] = {"title": title, "description": description, "is_visible": visible}
    said |= {"unit_type": unit_type, "color": color, "sort_index": sort_index}
    body: dict[str, Any] = {name: one for name, one in said.items() if one is not None}
    body["counts"] = _counts(kind, event, then, property_, _filter(where, comparison, value, high))
    with open_operator() as op:
        show(op.call("POST", f"{product_path(op, product)}/metrics", body), as_json=as_json)


@app.command("list")
@operated
def list_metrics(open_operator: OpenOperator, product: Product, as_json: AsJson = False) -> None:
    """List the metrics that a product keeps."""
    with open_operator() as op:
        metrics = op.call("GET", f"{product_path(op, product)}/metrics")
    cells: dict[str, Callable[[Any], str]] = {
        "id": lambda metric: metric["id"],
        "title": lambda metric: metric["title"],
        "kind": lambda metric: metric["counts"]["kind"],
        "event": lambda metric: metric["counts"]["event"],
    }
    show_all(metrics, cells, as_json=as_json)


@app.command("show")
@operated
def show_metric(open_operator: OpenOperator, metric: Metric) -> None:
    """Show a metric with what it counts, as JSON."""
    with open_operator() as op:
        print_json(op.call("GET", _path(metric)))


@app.command("set")
@operated
def set_metric(
    open_operator: OpenOperator,
    metric: Metric,
    title: Annotated[str | None, typer.Option(help="Its new title.", show_default=False)] = None,
    kind: Annotated[
        MetricKind | None, typer.Option(help="What it is from now on the number of.", show_default=False)
    ] = None,
    event: Event = None,
    then: Then = None,
    property_: Property = None,
    where: Where = None,
    comparison: Comparing = None,
    value: Value = None,
    high: High = None,
    description: Description = None,
    visible: Visible = None,
    unit_type: Unit = None,
    color: Color = None,
    sort_index: Sort = None,
    as_json: AsJson = False,
) -> None:
    """Change a metric. With --kind all of what it counts is said anew."""
    filter_ = _filter(where, comparison, value, high)
    if kind is None and any(one is not None for one in (event, then, property_, filter_)):
        raise TildeError("what a metric counts is said as a whole: give --kind, too")
    counts = None if kind is None else _counts(kind, event, then, property_, filter_)
    shown: dict[str, Any] = {"title": title, "description": description, "is_visible": visible}
    body = given_of(
        "--title, --kind, ..", counts=counts, unit_type=unit_type, color=color, sort_index=sort_index, **shown
    )
    with open_operator() as op:
        show(op.call("PATCH", _path(metric), body), as_json=as_json)


@app.command()
@operated
def delete(open_operator: OpenOperator, metric: Metric, as_json: AsJson = False) -> None:
    """Keep a metric no longer."""
    with open_operator() as op:
        show(op.call("DELETE", _path(metric)), as_json=as_json)


def _counts(
    kind: MetricKind, event: str | None, then: str | None, property_: str | None, filter_: dict[str, Any] | None
) -> dict[str, Any]:
    said = {"event": event, "then": then, "property": property_, "filter": filter_}
    return {"kind": kind, **{name: one for name, one in said.items() if one is not None}}


def _filter(
    where: str | None, comparison: Comparison | None, value: str | None, high: str | None
) -> dict[str, Any] | None:
    """Raises TildeError."""
    said = {"comparison": comparison, "value": value, "high": high}
    given = {name: one for name, one in said.items() if one is not None}
    if where is None and given:
        raise TildeError("--is, --value and --high say something of a property: give --where, too")
    if where is not None and not (comparison and value):
        raise TildeError("--where wants --is and --value: what the property is compared with")
    return None if where is None else {"property": where, **given}


def _path(metric: str) -> str:
    return typed_uuid_path(METRICS, metric, "metric")
