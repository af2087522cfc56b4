"""`tilde token`: access tokens that reach several accounts. An account's own is `tilde account rotate NAME token`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from run.cli.account import show, show_all, warn
from run.cli.operated import OpenOperator, operated
from run.cli.options import AsJson
from run.cli.secret_options import file_option, secret, secret_option
from tilde.domain.catalog.token_records import Scope
from tilde.own_paths import TOKENS
from tilde.runtime.telling import remark

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke access tokens that reach several accounts.")


@app.command()
@operated
def create(
    open_operator: OpenOperator,
    account: Annotated[
        list[str], typer.Option("--account", "-a", help="The name of an account that it reaches; may come often.")
    ],
    name: Annotated[str, typer.Option(help="What you call it.")] = "",
    by: Annotated[str, typer.Option(help="Who has it made.")] = "",
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            help="What it is for: core (what there is) or query (who did what); may come twice. Both unless given.",
            show_default=False,
        ),
    ] = None,
    token: Annotated[str | None, secret_option("token", "One that clients have already.")] = None,
    token_file: Annotated[str | None, file_option("token")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token whose lists show what all of some accounts have, and print it."""
    body: dict[str, Any] = {"accounts": account, "name": name, "made_by": by}
    body["token"] = secret("token", token, token_file)
    if scope:
        body["scopes"] = [each.value for each in scope]
    with open_operator() as op:
        made = op.call("POST", TOKENS, body)
    warn(made)
    if not as_json:
        remark("The token is shown once: keep it.")
    show(made, as_json=as_json)


@app.command("list")
@operated
def list_tokens(open_operator: OpenOperator, as_json: AsJson = False) -> None:
    """List these tokens: whom each reaches, who made it and when, and whether others could read it."""
    with open_operator() as op:
        tokens = op.call("GET", TOKENS)
    cells: dict[str, Callable[[Any], str]] = {
        "id": lambda token: str(token["id"]),
        "name": lambda token: token["name"],
        "accounts": lambda token: ", ".join(token["accounts"]),
        "for": lambda token: ", ".join(token["scopes"]),
        "made by": lambda token: token["made_by"],
        "made at": lambda token: _time(token["created_at"]),
        "came by http": lambda token: _time(token["exposed_at"]),
    }
    show_all(tokens, cells, as_json=as_json)


@app.command()
@operated
def revoke(
    open_operator: OpenOperator,
    token: Annotated[int, typer.Argument(help="Its id: `tilde token list`.", min=1)],
    as_json: AsJson = False,
) -> None:
    """Revoke a token; it ends at once."""
    with open_operator() as op:
        show(op.call("DELETE", f"{TOKENS}/{token}"), as_json=as_json)


def _time(seconds: int | None) -> str:
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
