"""`tilde saved-report`: saved reports, questions under a name such as searches of people."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from run.cli.account import show, show_all, warn
from run.cli.operated import OpenOperator, operated
from run.cli.options import AsJson, given_of
from run.cli.products import Product, product_path
from run.process.printing import print_json
from run.process.typed_paths import typed_uuid_path
from tilde.dialects.known import DIALECTS
from tilde.errors import TildeError
from tilde.own_paths import SAVED_REPORTS

app = typer.Typer(no_args_is_help=True, help="Keep reports: questions under a name, such as searches of people.")

Report = Annotated[str, typer.Argument(help="Its id: `tilde saved-report list`.")]
Type = Annotated[
    str | None, typer.Option("--type", help=f"Its type; {DIALECTS.report_type} unless given.", show_default=False)
]
Name = Annotated[str, typer.Argument(help="What it is called.")]
_OF_BODY = {"product_id", "query_type", "query_params"}


@app.command()
@operated
def create(
    open_operator: OpenOperator,
    product: Product,
    name: Name,
    question: Annotated[
        str,
        typer.Option(
            metavar="PATH",
            help="A file with the search, as JSON, or with the whole body of a query; - for standard input.",
        ),
    ],
    type_: Type = None,
    as_json: AsJson = False,
) -> None:
    """Keep a report."""
    asked, said_type = _read(question)
    type_ = said_type if type_ is None else type_
    body = {"name": name, "question": asked} | ({} if type_ is None else {"report_type": type_})
    with open_operator() as op:
        _show(op.call("POST", f"{product_path(op, product)}/reports", body), as_json=as_json)


@app.command("list")
@operated
def list_reports(open_operator: OpenOperator, product: Product, as_json: AsJson = False) -> None:
    """List the reports that a product keeps."""
    with open_operator() as op:
        reports = op.call("GET", f"{product_path(op, product)}/reports")
    cells: dict[str, Callable[[Any], str]] = {
        "id": lambda report: report["id"],
        "name": lambda report: report["name"],
        "type": lambda report: report["report_type"],
    }
    show_all(reports, cells, as_json=as_json)


@app.command("show")
@operated
def show_report(open_operator: OpenOperator, report: Report) -> None:
    """Show a report with its question, as JSON."""
    with open_operator() as op:
        print_json(op.call("GET", _path(report)))


@app.command("set")
@operated
def set_report(
    open_operator: OpenOperator,
    report: Report,
    name: Annotated[str | None, typer.Option(help="Its new name.", show_default=False)] = None,
    question: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="A file with its new search, or the body of a query; - for standard input."),
    ] = None,
    type_: Type = None,
    as_json: AsJson = False,
) -> None:
    """Change a report's name, type or question."""
    asked, said_type = (None, None) if question is None else _read(question)
    type_ = said_type if type_ is None else type_
    body = given_of("--name, --question, --type", name=name, report_type=type_, question=asked)
    with open_operator() as op:
        _show(op.call("PATCH", _path(report), body), as_json=as_json)


@app.command()
@operated
def delete(open_operator: OpenOperator, report: Report, as_json: AsJson = False) -> None:
    """Keep a report no longer."""
    with open_operator() as op:
        show(op.call("DELETE", _path(report)), as_json=as_json)


def _show(report: dict[str, Any], *, as_json: bool) -> None:
    warn(report)
    show(report, as_json=as_json)


def _path(report: str) -> str:
    return typed_uuid_path(SAVED_REPORTS, report, "saved-report")


def _read(path: str) -> tuple[dict[str, Any], Any]:
    """What is asked, and its type where the file says one: it may be the body of a query, `{"product_id": 2,
    "query_type": "funnel", "query_params": {..}}`. Raises TildeError.
    """
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
        question = json.loads(text)
    except (OSError, ValueError, RecursionError) as cause:
        why = cause.strerror if isinstance(cause, OSError) else "it is no JSON"
        raise TildeError(f"--question {path} cannot be read: {why}") from None
    if not isinstance(question, dict):
        raise TildeError(f"--question {path} is no JSON object")
    params = question.get("query_params")
    if not isinstance(params, dict):
        return question, None
    if beside := question.keys() - _OF_BODY:
        raise TildeError(f"{min(beside)} beside query_params is not kept with a report: say it in query_params")
    return params, question.get("query_type")
