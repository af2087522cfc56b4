"""`tilde account`: accounts and their keys."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from tilde.cli.operators import operator
from tilde.cli.options import AsJson, Data, OperatorToken, Url
from tilde.domain.commands import KeyKind
from tilde.errors import TildeError
from tilde.operator_client import account_path
from tilde.printing import print_json, print_lines, print_table
from tilde.telling import remark

app = typer.Typer(
    no_args_is_help=True,
    help="Make accounts, see and change their keys; works whether or not Tilde runs on the data folder.",
)

Name = Annotated[str, typer.Argument(help="The account's name.")]
KEYS = ("ezkey", "ukey", "token", "api_key", "white_label_key")
SHOWN_ONCE = "(shown when it was made)"


def show(value: Any, *, as_json: bool) -> None:
    """One object, as JSON or as lines."""
    if as_json:
        print_json(value)
        return
    print_lines(*(f"{name:24}{'(none)' if item is None else item}" for name, item in _flat(value)))


def show_all(values: list[dict[str, Any]], cells: Mapping[str, Callable[[Any], str]], *, as_json: bool) -> None:
    """Objects, as JSON or as a table; `cells` says for each column what of an object stands there."""
    if as_json:
        print_json(values)
        return
    print_table(list(cells), ([cell(value) for cell in cells.values()] for value in values))


def _show_account(account: dict[str, Any], *, as_json: bool) -> None:
    if not as_json and account.pop("has_token") and account["token"] is None:
        account["token"] = SHOWN_ONCE
    show(account, as_json=as_json)


def _warn(answer: dict[str, Any]) -> None:
    """Takes the warnings out of an answer and tells them."""
    for warning in answer.pop("warnings", []):
        remark(f"warning: {warning}")


def _flat(value: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, item in value.items():
        rows += _flat(item, f"{prefix}{name}.") if isinstance(item, dict) else [(prefix + name, item)]
    return rows


@app.command()
def create(
    name: Name,
    ezkey: Annotated[str | None, typer.Option(help="The ezkey it has at StatHat already.")] = None,
    email: Annotated[str | None, typer.Option(help="Its e-mail address, which works as ezkey too.")] = None,
    ukey: Annotated[str | None, typer.Option(help="The user key it has at StatHat already.")] = None,
    token: Annotated[str | None, typer.Option(help="The access token it has at StatHat already.")] = None,
    api_key: Annotated[
        str | None, typer.Option(help="The API key it has at StatsMix already (not in use yet).")
    ] = None,
    white_label_key: Annotated[
        str | None, typer.Option(help="The white label key it has at Clicky already (not in use yet).")
    ] = None,
    domain: Annotated[str, typer.Option(help="The web site that it counts, where it is one.")] = "",
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    as_json: AsJson = False,
) -> None:
    """Create an account and print its keys; those not given are made."""
    given = dict(zip(KEYS, (ezkey, ukey, token, api_key, white_label_key), strict=True))
    if empty := [kind for kind, key in given.items() if key == ""]:
        raise TildeError(f"--{empty[0].replace('_', '-')} is empty: give a key, or leave it out to have one made")
    body = {"name": name, "email": email, "domain": domain, "keys": {k: v for k, v in given.items() if v is not None}}
    with operator(data, url, operator_token, creates=True) as op:
        account = op.call("POST", "/tilde/v1/accounts", body)
    _warn(account)
    if not as_json:
        remark("The access token is shown once: keep it.")
    _show_account(account, as_json=as_json)


@app.command("list")
def list_accounts(
    data: Data = None, url: Url = None, operator_token: OperatorToken = None, as_json: AsJson = False
) -> None:
    """List the accounts."""
    with operator(data, url, operator_token) as op:
        accounts = op.call("GET", "/tilde/v1/accounts")
    cells: dict[str, Callable[[Any], str]] = {
        "id": lambda account: str(account["id"]),
        "name": lambda account: account["name"],
        "e-mail": lambda account: account["email"] or "",
        "product": lambda account: str(account["product"]["id"]),
        "ez": lambda account: "on" if account["ez"] else "off",
    }
    show_all(accounts, cells, as_json=as_json)


@app.command("show")
def show_account(
    name: Name, data: Data = None, url: Url = None, operator_token: OperatorToken = None, as_json: AsJson = False
) -> None:
    """Show an account with its keys, but for the access token: that is shown when it is made, and never again."""
    with operator(data, url, operator_token) as op:
        _show_account(op.call("GET", account_path(name)), as_json=as_json)


@app.command("set")
def set_account(
    name: Name,
    ez: Annotated[
        bool | None, typer.Option("--ez/--no-ez", help="Take posts with its ezkey.", show_default=False)
    ] = None,
    email_key: Annotated[
        bool | None,
        typer.Option("--email-key/--no-email-key", help="Take its e-mail address as an ezkey.", show_default=False),
    ] = None,
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    as_json: AsJson = False,
) -> None:
    """Say which posts an account takes: with its ezkey, with its e-mail address."""
    if ez is None and email_key is None:
        raise TildeError("say what to set: --ez or --no-ez, --email-key or --no-email-key")
    with operator(data, url, operator_token) as op:
        _show_account(op.call("PATCH", account_path(name), {"ez": ez, "email_key": email_key}), as_json=as_json)


@app.command()
def rotate(
    name: Name,
    kind: Annotated[KeyKind, typer.Argument(help="Which key.")],
    key: Annotated[str | None, typer.Option(help="The new key; without it one is made.")] = None,
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    as_json: AsJson = False,
) -> None:
    """Give an account a new key; the old one of that kind ends at once."""
    with operator(data, url, operator_token) as op:
        rotated = op.call("POST", account_path(name, "keys"), {"kind": kind.value, "key": key})
    _warn(rotated)
    show(rotated, as_json=as_json)


@app.command()
def revoke(
    name: Name,
    kind: Annotated[KeyKind, typer.Argument(help="Which key.")],
    data: Data = None,
    url: Url = None,
    operator_token: OperatorToken = None,
    as_json: AsJson = False,
) -> None:
    """Take a key away; it ends at once, and the account has none of that kind."""
    with operator(data, url, operator_token) as op:
        show(op.call("DELETE", account_path(name, "keys", kind.value)), as_json=as_json)
