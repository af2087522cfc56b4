"""`tilde stat`: the stats of an account."""

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from tilde.cli.account import show
from tilde.cli.operators import operator
from tilde.cli.options import AsJson, Data, OperatorToken, Url
from tilde.domain.metrics import Kind
from tilde.errors import TildeError
from tilde.operator_client import account_path

app = typer.Typer(
    no_args_is_help=True,
    help="See, delete and restore stats. A first post makes a stat; make it here when you need its key before.",
)

Account = Annotated[str, typer.Option("--account", "-a", help="The name of the account it belongs to.")]
StatId = Annotated[str, typer.Argument(help="The stat's id, as `tilde stat list` shows it.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="The stat's name.")],
    account: Account = "main",
    counter: Annotated[bool, typer.Option("--counter", help="A counter: what is posted is summed.")] = False,
    value: Annotated[bool, typer.Option("--value", help="A value: what is posted is averaged.")] = False,
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    as_json: AsJson = False,
) -> None:
    """Create a counter or a value before its first post, and print its key for the classic API (/c and /v)."""
    if counter == value:
        raise TildeError("say either --counter or --value")
    body = {"name": name, "kind": (Kind.COUNTER if counter else Kind.VALUE).value}
    with operator(data, url, operator_token) as op:
        show(op.call("POST", account_path(account, "stats"), body), as_json=as_json)


@app.command("list")
def list_stats(
    account: Account = "main",
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    as_json: AsJson = False,
) -> None:
    """List the stats of an account, with their keys for the classic API."""
    with operator(data, url, operator_token, needs_store=True) as op:
        stats = op.call("GET", account_path(account, "stats"))
    if as_json:
        print(orjson.dumps(stats).decode())
        return
    table = Table("id", "name", "kind", "key", box=None)
    for stat in stats:
        table.add_row(stat["id"], stat["name"], stat["kind"], stat["key"])
    Console(soft_wrap=True).print(table)


@app.command("show")
def show_stat(
    stat: StatId,
    account: Account = "main",
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    as_json: AsJson = False,
) -> None:
    """Show one stat, its keys and its comments."""
    with operator(data, url, operator_token, needs_store=True) as op:
        show(op.call("GET", account_path(account, "stats", stat)), as_json=as_json)


@app.command()
def delete(
    stat: StatId,
    account: Account = "main",
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    as_json: AsJson = False,
) -> None:
    """Put a stat in the trash, from where it can be restored for 48 hours."""
    with operator(data, url, operator_token) as op:
        show(op.call("DELETE", account_path(account, "stats", stat)), as_json=as_json)


@app.command()
def restore(
    stat: StatId,
    account: Account = "main",
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    as_json: AsJson = False,
) -> None:
    """Take a stat out of the trash."""
    with operator(data, url, operator_token) as op:
        show(op.call("POST", account_path(account, "stats", stat, "restore")), as_json=as_json)
