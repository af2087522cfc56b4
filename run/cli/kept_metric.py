"""`tilde metric`: kept metrics, numbers of what people of a product do."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from run.cli.account import show, show_all
from run.cli.kept_metric_options import KeptMetricOptions
from run.cli.operated import OpenOperator, operated
from run.cli.options import AsJson, given_of
from run.cli.products import Product, product_path
from run.process.printing import print_json
from run.process.typed_paths import typed_uuid_path
from tilde.domain.people.metric import MetricKind
from tilde.own_paths import KEPT_METRICS

app = typer.Typer(no_args_is_help=True, help="Keep metrics: numbers of what people do, such as how many signed up.")

Metric = Annotated[str, typer.Argument(help="Its id: `tilde metric list`.")]


@app.command()
@operated
def create(
    open_operator: OpenOperator,
    product: Product,
    title: Annotated[str, typer.Argument(help="What it is called.")],
    kind: Annotated[MetricKind, typer.Option(help="What it is the number of.")],
    said: KeptMetricOptions,
    as_json: AsJson = False,
) -> None:
    """Keep a metric."""
    body = {"title": title, **said.shown(), "counts": said.counts(kind)}
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
    *,
    title: Annotated[str | None, typer.Option(help="Its new title.", show_default=False)] = None,
    kind: Annotated[
        MetricKind | None, typer.Option(help="What it is from now on the number of.", show_default=False)
    ] = None,
    said: KeptMetricOptions,
    as_json: AsJson = False,
) -> None:
    """Change a metric. With --kind all of what it counts is said anew."""
    body = given_of("--title, --kind, ..", title=title, counts=said.counts(kind), **said.shown())
    with open_operator() as op:
        show(op.call("PATCH", _path(metric), body), as_json=as_json)


@app.command()
@operated
def delete(open_operator: OpenOperator, metric: Metric, as_json: AsJson = False) -> None:
    """Keep a metric no longer."""
    with open_operator() as op:
        show(op.call("DELETE", _path(metric)), as_json=as_json)


def _path(metric: str) -> str:
    return typed_uuid_path(KEPT_METRICS, metric, "metric")
