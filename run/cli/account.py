"""`tilde account`: accounts and their keys."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
import typer

from run.cli import account_options as options
from run.cli.key_options import KeysOfAccount
from run.cli.operated import OpenOperator, operated
from run.cli.options import AsJson, given_of
from run.cli.products import ProductOfAccount, product_asked
from run.cli.secret_options import file_option, secret, secret_option
from run.process.printing import print_json, print_lines, print_table
from run.process.typed_paths import typed_account_path
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.switches import Switch
from tilde.own_paths import ACCOUNTS
from tilde.runtime.telling import remark

app = typer.Typer(
    no_args_is_help=True,
    help="Make accounts, see and change their keys; works whether or not Tilde runs on the data folder.",
)

Name = Annotated[str, typer.Argument(help="The account's name.")]
SHOWN_ONCE = "(shown when it was made; another one: tilde account rotate NAME token)"


def asking(path: str, asked: Mapping[str, Any]) -> str:
    """The path of a call, with what is asked of it."""
    return f"{path}?{urlencode(asked)}" if asked else path


def show(value: Any, *, as_json: bool) -> None:
    """One object, as JSON or as lines."""
    if as_json:
        print_json(value)
        return
    print_lines(*(f"{name:22}  {_shown(item)}" for name, item in _flat(value)))


def _shown(item: Any) -> str:
    if isinstance(item, list):
        return orjson.dumps(item).decode()
    return "(none)" if item is None or item == "" else str(item)


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


def warn(answer: dict[str, Any]) -> None:
    """Takes the warnings out of an answer and tells them."""
    for warning in answer.pop("warnings", []):
        remark(f"warning: {warning}")


def _flat(value: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, item in value.items():
        rows += _flat(item, f"{prefix}{name}.") if isinstance(item, dict) else [(prefix + name, item)]
    return rows


@app.command()
@operated
def create(
    open_operator: OpenOperator,
    name: Name,
    keys: KeysOfAccount,
    email: Annotated[str | None, secret_option("email", "Its e-mail address, by which clients may post, too.")] = None,
    email_file: Annotated[str | None, file_option("email")] = None,
    domain: Annotated[str, typer.Option(help="The web site that it counts, where it is one.")] = "",
    as_json: AsJson = False,
) -> None:
    """Create an account and print its keys; those not given are made."""
    email = secret("email", email, email_file)
    body = {"name": name, "email": email, "domain": domain, "keys": keys()}
    with open_operator(creates=True) as op:
        account = op.call("POST", ACCOUNTS, body)
    warn(account)
    if not as_json:
        remark("The access token is shown once: keep it.")
    _show_account(account, as_json=as_json)


@app.command("list")
@operated
def list_accounts(
    open_operator: OpenOperator,
    as_json: AsJson = False,
) -> None:
    """List the accounts."""
    with open_operator() as op:
        accounts = op.call("GET", ACCOUNTS)
    cells: dict[str, Callable[[Any], str]] = {
        "id": lambda account: str(account["id"]),
        "name": lambda account: account["name"],
        "e-mail": lambda account: account["email"] or "",
        "product": lambda account: str(account["product"]["id"]),
        "off": lambda account: ", ".join(switch for switch in Switch if not account[switch]),
    }
    show_all(accounts, cells, as_json=as_json)


@app.command("show")
@operated
def show_account(
    open_operator: OpenOperator,
    name: Name,
    as_json: AsJson = False,
) -> None:
    """Show an account with its keys, but for the access token: that is shown when it is made, and never again."""
    with open_operator() as op:
        _show_account(op.call("GET", typed_account_path(name)), as_json=as_json)


@app.command("set")
@operated
def set_account(
    open_operator: OpenOperator,
    name: Name,
    switches: options.Switches,
    timezone: options.Timezone = None,
    report_hour: options.ReportHour = None,
    domain: options.Domain = None,
    js_name: options.JsName = None,
    max_users: options.MaxUsers = None,
    max_sites: options.MaxSites = None,
    max_goals: options.MaxGoals = None,
    max_traffic: options.MaxTraffic = None,
    dst: options.Dst = None,
    contact_name: options.ContactName = None,
    contact_phone: options.ContactPhone = None,
    contact_country: options.ContactCountry = None,
    as_json: AsJson = False,
) -> None:
    """Say which posts an account takes, whether it gets mail and when, whom to ask about it, and what its white label
    has.
    """
    mails = {"timezone": timezone, "report_hour": report_hour}
    limits = {"max_users": max_users, "max_sites": max_sites, "max_goals": max_goals, "max_traffic": max_traffic}
    label = {"domain": domain, "js_name": js_name, "dst": dst, **limits}
    contact = {"contact_name": contact_name, "contact_phone": contact_phone, "contact_country": contact_country}
    asked = given_of(options.ALL, **switches, **mails, **label, **contact)
    with open_operator() as op:
        account = op.call("PATCH", typed_account_path(name), asked)
    warn(account)
    _show_account(account, as_json=as_json)


@app.command()
@operated
def rotate(
    open_operator: OpenOperator,
    name: Name,
    kind: Annotated[KeyKind, typer.Argument(help="Which key.")],
    key: Annotated[str | None, secret_option("key", "The new key; without it one is made.")] = None,
    key_file: Annotated[str | None, file_option("key")] = None,
    product: ProductOfAccount = None,
    as_json: AsJson = False,
) -> None:
    """Give an account a new key; the old one of that kind ends at once."""
    body: dict[str, Any] = {"kind": kind.value, "key": secret("key", key, key_file)}
    with open_operator() as op:
        rotated = op.call("POST", typed_account_path(name, "keys"), body | product_asked(op, name, product))
    warn(rotated)
    show(rotated, as_json=as_json)


@app.command()
@operated
def revoke(
    open_operator: OpenOperator,
    name: Name,
    kind: Annotated[KeyKind, typer.Argument(help="Which key.")],
    product: ProductOfAccount = None,
    as_json: AsJson = False,
) -> None:
    """Take a key away; it ends at once, and the account has none of that kind."""
    with open_operator() as op:
        path = asking(typed_account_path(name, "keys", kind.value), product_asked(op, name, product))
        show(op.call("DELETE", path), as_json=as_json)
