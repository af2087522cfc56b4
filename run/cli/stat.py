"""`tilde stat`: the stats of an account."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import itemgetter
from typing import Annotated, Any

import typer

from run.cli.account import asking, show, show_all
from run.cli.operated import OpenOperator, operated
from run.cli.options import AsJson, given_of
from run.cli.products import ProductOfAccount, product_asked
from run.process.printing import print_lines
from run.process.typed_paths import typed_account_path
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.stats.metrics import Kind
from tilde.errors import TildeError
from tilde.runtime.clock import SystemClock
from tilde.runtime.portions import portions
from tilde.web.calls import ITEMS_MAX

app = typer.Typer(
    no_args_is_help=True,
    help="See, delete and restore stats. A first post makes a stat; make it here when you need its key before.",
)

TOLD_MAX = 5

Account = Annotated[str, typer.Option("--account", "-a", help="The name of the account it belongs to.")]
StatId = Annotated[str, typer.Argument(help="The stat's id, as `tilde stat list` shows it.")]


_ELSEWHERE = "of another account, --account too; of another product than its first, --product too"


def _place(account: str, product: str | None) -> str:
    """Where a stat was looked for."""
    return f"account {account!r}" if product is None else f"product {product!r} of account {account!r}"


@contextmanager
def _known_by_id(stat: str, account: str, product: str | None) -> Iterator[None]:
    """Where no stat has that id, says what an id is, and where it was looked for: a name is given for one easily, and
    the account is left out.
    """
    try:
        yield
    except TildeError as error:
        place = _place(account, product)
        if str(error) in (Refusal.UNKNOWN_STAT, f"no stat has the id {stat!r}"):
            hint = f"give the id, as `tilde stat list` shows it; {_ELSEWHERE}"
            raise TildeError(f"no stat of {place} has the id {stat!r}: {hint}") from None
        if str(error) == Refusal.STAT_NOT_IN_TRASH:
            since = "or has been there for more than 48 hours"
            raise TildeError(f"stat {stat!r} is not in the trash of {place}, {since}; {_ELSEWHERE}") from None
        raise


@app.command()
@operated
def create(
    open_operator: OpenOperator,
    name: Annotated[str, typer.Argument(help="The stat's name.")],
    account: Account = "main",
    product: ProductOfAccount = None,
    counter: Annotated[bool, typer.Option("--counter", help="A counter: what is posted is summed.")] = False,
    value: Annotated[bool, typer.Option("--value", help="A value: what is posted is averaged.")] = False,
    as_json: AsJson = False,
) -> None:
    """Create a counter or a value before its first post, and print its own key, by which posts name it."""
    if counter == value:
        raise TildeError("say either --counter or --value")
    body = {"name": name, "kind": (Kind.COUNTER if counter else Kind.VALUE).value}
    with open_operator() as op:
        show(
            op.call("POST", asking(typed_account_path(account, "stats"), product_asked(op, account, product)), body),
            as_json=as_json,
        )


@app.command("list")
@operated
def list_stats(
    open_operator: OpenOperator,
    account: Account = "main",
    product: ProductOfAccount = None,
    as_json: AsJson = False,
) -> None:
    """List the stats of an account, with their own keys, by which posts name them."""
    stats: list[dict[str, Any]] = []
    last = ""
    with open_operator(needs_store=True) as op:
        asked = product_asked(op, account, product)
        while page := op.call("GET", asking(typed_account_path(account, "stats"), asked | {"after": last})):
            stats += page
            last = page[-1]["id"]
    stats.sort(key=itemgetter("created_at", "id"))
    show_all(stats, {column: itemgetter(column) for column in ("id", "name", "kind", "key")}, as_json=as_json)


@app.command("show")
@operated
def show_stat(
    open_operator: OpenOperator,
    stat: StatId,
    account: Account = "main",
    product: ProductOfAccount = None,
    as_json: AsJson = False,
) -> None:
    """Show one stat, its keys, its settings and its comments."""
    with open_operator(needs_store=True) as op, _known_by_id(stat, account, product):
        shown = op.call("GET", asking(typed_account_path(account, "stats", stat), product_asked(op, account, product)))
    show(shown, as_json=as_json)


@app.command("set")
@operated
def set_stat(
    open_operator: OpenOperator,
    stat: StatId,
    account: Account = "main",
    product: ProductOfAccount = None,
    name: Annotated[
        str | None, typer.Option(help="Its new name: posts to it go to this stat from now on.", show_default=False)
    ] = None,
    public: Annotated[
        bool | None,
        typer.Option(
            "--public/--private",
            help="Share it: its page is /d/ID, of a public id, for whoever has that; or end it for ever.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        bool | None, typer.Option("--report/--no-report", help="Take it into the daily report.", show_default=False)
    ] = None,
    page: Annotated[str | None, typer.Option(help="Where it is shown; empty: nowhere.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Rename a stat, share it, or take it into the daily report. It keeps its id and what was counted."""
    sharing = None if public is None else ("public" if public else "none")
    options = "--name, --public or --private, --report or --no-report, --page"
    body = given_of(options, name=name, sharing=sharing, include_in_email=report, url=page)
    with open_operator(needs_store=True) as op, _known_by_id(stat, account, product):
        show(
            op.call(
                "PATCH", asking(typed_account_path(account, "stats", stat), product_asked(op, account, product)), body
            ),
            as_json=as_json,
        )


@app.command()
@operated
def trash(
    open_operator: OpenOperator,
    account: Account = "main",
    product: ProductOfAccount = None,
    as_json: AsJson = False,
) -> None:
    """List the stats that may be restored: those deleted in the last 48 hours."""
    with open_operator(needs_store=True) as op:
        stats = op.call("GET", asking(typed_account_path(account, "trash"), product_asked(op, account, product)))
    cells: dict[str, Callable[[Any], str]] = {
        "id": itemgetter("id"),
        "name": lambda stat: stat["name"] or "",
        "kind": lambda stat: stat["kind"] or "",
        "deleted (UTC)": lambda stat: f"{datetime.fromtimestamp(stat['deleted_at'], UTC):%Y-%m-%d %H:%M:%S}",
    }
    show_all(stats, cells, as_json=as_json)


@app.command()
@operated
def delete(
    open_operator: OpenOperator,
    stats: Annotated[
        list[str] | None, typer.Argument(help="The stats' ids, as `tilde stat list` shows them.", metavar="STAT...")
    ] = None,
    account: Account = "main",
    product: ProductOfAccount = None,
    prefix: Annotated[str, typer.Option(help="All stats whose names begin so.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put stats in the trash, from where they can be restored for 48 hours (`tilde stat trash`)."""
    ids = list(dict.fromkeys(stats or ()))
    if bool(ids) == bool(prefix):
        raise TildeError("say which stats: their ids, or --prefix")
    with open_operator(needs_store=True) as op:
        if len(ids) == 1:
            with _known_by_id(ids[0], account, product):
                show(
                    op.call(
                        "DELETE",
                        asking(typed_account_path(account, "stats", ids[0]), product_asked(op, account, product)),
                    ),
                    as_json=as_json,
                )
            return
        path = asking(typed_account_path(account, "stats", "delete"), product_asked(op, account, product))
        answers = [op.call("POST", path, {"ids": some}) for some in portions(ids, ITEMS_MAX)]
        answers += [op.call("POST", path, {"prefix": prefix})] if prefix else []
    deleted = [id_ for answer in answers for id_ in answer["deleted"]]
    not_found = [id_ for answer in answers for id_ in answer["not_found"]]
    show({"deleted": deleted, "not_found": not_found} if as_json else {"deleted": len(deleted)}, as_json=as_json)
    if not_found:
        ids_told = f"{', '.join(not_found[:TOLD_MAX])}{', ..' * (len(not_found) > TOLD_MAX)}"
        raise TildeError(f"no stat of {_place(account, product)} has the id {ids_told}: {_ELSEWHERE}")


@app.command()
@operated
def points(
    open_operator: OpenOperator,
    stat: StatId,
    account: Account = "main",
    product: ProductOfAccount = None,
    from_: Annotated[str, typer.Option("--from", help="Unix time or ISO 8601.")] = "",
    to: Annotated[str, typer.Option("--to", help="Unix time or ISO 8601, itself excluded.")] = "",
    tz: Annotated[str, typer.Option("--tz", help="IANA time zone of times without an offset.")] = "UTC",
    take_back: Annotated[bool, typer.Option("--delete", help="Take these points back, for ever.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the single points of a stat, of the last week unless --from and --to say when; or take them back."""
    if take_back and not (from_ and to):
        raise TildeError("--delete wants --from and --to")
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"from": from_, "to": to, "tz": tz}
    path = typed_account_path(account, "stats", stat, "points")
    with open_operator(needs_store=True) as op, _known_by_id(stat, account, product):
        query |= product_asked(op, account, product)
        if take_back:
            show(op.call("DELETE", asking(path, query)), as_json=as_json)
            return
        if not to:  # the same end for all pages
            query["to"] = str(SystemClock().now_ms() // 1000 + 1)
        while page := op.call("GET", asking(path, query)):
            found += page
            query["after"] = page[-1]["id"]
    if not found and not as_json:
        print_lines(f"no points from {from_ or 'a week before'} to {to or 'now'} (--from and --to say otherwise)")
        return
    cells: dict[str, Callable[[Any], str]] = {
        "id": itemgetter("id"),
        "time (UTC)": lambda point: _instant(point["time_ms"]),
        "value": lambda point: str(point["value"]),
        "received (UTC)": lambda point: _instant(point["received_ms"]),
    }
    show_all(found, cells, as_json=as_json)


def _instant(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(" ", "milliseconds").removesuffix("+00:00")


@app.command()
@operated
def restore(
    open_operator: OpenOperator,
    stat: StatId,
    account: Account = "main",
    product: ProductOfAccount = None,
    as_json: AsJson = False,
) -> None:
    """Take a stat out of the trash."""
    with open_operator() as op, _known_by_id(stat, account, product):
        restored = op.call(
            "POST", asking(typed_account_path(account, "stats", stat, "restore"), product_asked(op, account, product))
        )
    show(restored, as_json=as_json)
