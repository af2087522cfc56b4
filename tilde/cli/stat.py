"""`tilde stat`: the stats of an account."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import itemgetter
from typing import Annotated, Any

import typer

from tilde.cli.account import show, show_all
from tilde.cli.operators import operator
from tilde.cli.options import AsJson, Data, Url
from tilde.cli.secret_options import OperatorToken, OperatorTokenFile, token_of
from tilde.domain.metrics import Kind
from tilde.errors import TildeError
from tilde.operator_client import account_path

app = typer.Typer(
    no_args_is_help=True,
    help="See, delete and restore stats. A first post makes a stat; make it here when you need its key before.",
)

Account = Annotated[str, typer.Option("--account", "-a", help="The name of the account it belongs to.")]
StatId = Annotated[str, typer.Argument(help="The stat's id, as `tilde stat list` shows it.")]


@contextmanager
def _known_by_id(stat: str) -> Iterator[None]:
    """Where no stat has that id, says what an id is: a name is given for one easily."""
    try:
        yield
    except TildeError as error:
        if str(error) in ("stat not found", f"no stat has the id {stat!r}"):
            raise TildeError(f"no stat has the id {stat!r}: give the id, as `tilde stat list` shows it") from None
        raise


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="The stat's name.")],
    account: Account = "main",
    counter: Annotated[bool, typer.Option("--counter", help="A counter: what is posted is summed.")] = False,
    value: Annotated[bool, typer.Option("--value", help="A value: what is posted is averaged.")] = False,
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    operator_token_file: OperatorTokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Create a counter or a value before its first post, and print its key for the classic API (/c and /v)."""
    if counter == value:
        raise TildeError("say either --counter or --value")
    body = {"name": name, "kind": (Kind.COUNTER if counter else Kind.VALUE).value}
    with operator(data, url, token_of(operator_token, operator_token_file)) as op:
        show(op.call("POST", account_path(account, "stats"), body), as_json=as_json)


@app.command("list")
def list_stats(
    account: Account = "main",
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    operator_token_file: OperatorTokenFile = None,
    as_json: AsJson = False,
) -> None:
    """List the stats of an account, with their keys for the classic API."""
    stats: list[dict[str, Any]] = []
    last = ""
    with operator(data, url, token_of(operator_token, operator_token_file), needs_store=True) as op:
        while page := op.call("GET", f"{account_path(account, 'stats')}?after={last}"):
            stats += page
            last = page[-1]["id"]
    stats.sort(key=itemgetter("created_at", "id"))
    show_all(stats, {column: itemgetter(column) for column in ("id", "name", "kind", "key")}, as_json=as_json)


@app.command("show")
def show_stat(
    stat: StatId,
    account: Account = "main",
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    operator_token_file: OperatorTokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Show one stat, its keys and its comments."""
    with operator(data, url, token_of(operator_token, operator_token_file), needs_store=True) as op, _known_by_id(stat):
        shown = op.call("GET", account_path(account, "stats", stat))
    show(shown, as_json=as_json)


@app.command()
def trash(
    account: Account = "main",
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    operator_token_file: OperatorTokenFile = None,
    as_json: AsJson = False,
) -> None:
    """List the stats that may be restored: those deleted in the last 48 hours."""
    with operator(data, url, token_of(operator_token, operator_token_file), needs_store=True) as op:
        stats = op.call("GET", account_path(account, "trash"))
    cells: dict[str, Callable[[Any], str]] = {
        "id": itemgetter("id"),
        "name": lambda stat: stat["name"] or "",
        "kind": lambda stat: stat["kind"] or "",
        "deleted (UTC)": lambda stat: f"{datetime.fromtimestamp(stat['deleted_at'], UTC):%Y-%m-%d %H:%M:%S}",
    }
    show_all(stats, cells, as_json=as_json)


@app.command()
def delete(
    stat: StatId,
    account: Account = "main",
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    operator_token_file: OperatorTokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Put a stat in the trash, from where it can be restored for 48 hours (`tilde stat trash`)."""
    with operator(data, url, token_of(operator_token, operator_token_file), needs_store=True) as op, _known_by_id(stat):
        deleted = op.call("DELETE", account_path(account, "stats", stat))
    show(deleted, as_json=as_json)


@app.command()
def restore(
    stat: StatId,
    account: Account = "main",
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    operator_token_file: OperatorTokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Take a stat out of the trash."""
    with operator(data, url, token_of(operator_token, operator_token_file)) as op, _known_by_id(stat):
        restored = op.call("POST", account_path(account, "stats", stat, "restore"))
    show(restored, as_json=as_json)
