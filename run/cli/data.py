"""The commands that look at what was counted: `tail`, `sql`, `report`, `replay`."""

from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Annotated, Literal

import typer

from run.cli.operated import OpenOperator, operated
from run.cli.options import AsJson, Config, Data
from run.cli.statements import StatementCommand, statement_of
from tilde.settings import load_settings

LOOK = "Look at the data"


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(rich_help_panel=LOOK)(tail)
    app.command(cls=StatementCommand, rich_help_panel=LOOK)(sql)
    app.command(rich_help_panel=LOOK)(report)
    app.command(rich_help_panel=LOOK)(replay)
    app.command(rich_help_panel=LOOK)(doctor)


def tail(
    topic: Annotated[
        str,
        typer.Argument(
            help="One of stats (posts), sample_writes, hits, activity, commands, catalog, points, metrics, samples,"
            " actions, traffic, occurrences, property_values, people, events, properties, users, sites, access,"
            " changes, dead_letters and progress."
        ),
    ],
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Begin with the first event that is kept, not with the next one.")
    ] = False,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow/--no-follow", help="Wait for more, until Ctrl-C; or end with the last event that there is."
        ),
    ] = True,
    data: Data = None,
    config: Config = None,
) -> None:
    """Print the decoded events of a topic as they come in, one JSON object a line."""
    from run.cli.tailing import run

    run(load_settings(config, data=data), topic, from_start=from_start, follow=follow)


@operated
def sql(
    open_operator: OpenOperator,
    query: Annotated[
        str,
        typer.Argument(
            help="A SELECT; - reads it from standard input. The tables are in docs/sql.md: stats, points, metrics, .."
        ),
    ],
    output: Annotated[
        Literal["table", "csv", "json"],
        typer.Option("--format", "-f", help="How the rows are printed: table, csv or json."),
    ] = "table",
) -> None:
    """Ask the tables in SQL, read-only; on the embedded log also when Tilde does not run."""
    from run.process.operator_client import AnswerCutOffError
    from run.process.printing import print_csv, print_json_pieces, print_rows
    from tilde.errors import TildeError
    from tilde.own_paths import SQL
    from tilde.store.profiles import MIB, SQL_ANSWER_BYTES_MAX, SQL_S

    shown = {"table": print_rows, "csv": print_csv, "json": print_json_pieces}[output]
    with open_operator(needs_store=True) as op:
        try:
            # They end before their operator: a reader who has enough, as `head`, leaves an error that holds them.
            with closing(op.pieces("POST", SQL, {"query": statement_of(query), "format": output})) as pieces:
                shown(pieces)
        except AnswerCutOffError:
            raise TildeError(
                f"the answer was cut off: it is larger than {SQL_ANSWER_BYTES_MAX // MIB} MiB, or took longer than"
                f" {SQL_S} s; add a LIMIT"
            ) from None


@operated
def replay(open_operator: OpenOperator, config: Config = None) -> None:
    """Build all tables again from the log. They are read once they have caught up; until then the old ones are."""
    from run.cli.replaying import replay as run

    settings = open_operator.settings(config)
    with open_operator(settings=settings, needs_store=True) as op:
        if settings.is_embedded:
            run(op)
        else:
            from run.roles.replay import begin_next, forget, workers

            old = begin_next(settings)
            run(op, partial(workers, settings))
            forget(settings, old)


@operated
def doctor(open_operator: OpenOperator, as_json: AsJson = False, config: Config = None) -> None:
    """Count the traffic of all web sites, and the events of all people, again from the log, and compare them with the
    tables.
    """
    from run.cli.recounting import check_traffic
    from run.cli.recounting_people import check_people
    from run.process.printing import print_json, print_lines
    from tilde.errors import TildeError

    settings = open_operator.settings(config)
    with open_operator(settings=settings, needs_store=True) as op:
        traffic, people = check_traffic(settings, op), check_people(settings, op)
    wrong, waiting = [*traffic.wrong, *people.wrong], traffic.waiting + people.waiting
    if as_json:
        counts = {"days": traffic.days, "hits": traffic.hits, "events": people.events}
        print_json({**counts, "waiting": waiting, "wrong": wrong})
    else:
        compared = f"{traffic.days} days of sites, {traffic.hits} hits, {people.events} events of products"
        print_lines(*wrong, f"{compared}, {waiting} more not yet in the tables")
    if wrong:
        counted = traffic.days + people.events
        raise TildeError(f"{len(wrong)} of {counted} counts differ from the log: `tilde replay` builds them anew")


def report(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write it to a file; none is sent by this command.")
    ] = False,
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="Of one account, not of all.", show_default=False)
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option(
            "--day",
            formats=["%Y-%m-%d"],
            metavar="<YYYY-MM-DD>",
            help="The day that it is about, else the last one whose report has come.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Write the daily report as it is, or would be, to `mail/` in the data folder of the Tilde that runs."""
    from run.cli.operators import urls_of
    from run.roles.report import report as run

    if not dry_run:
        raise typer.BadParameter(
            "reports are sent by themselves; say --dry-run to have one written", param_hint="'report'"
        )
    settings = load_settings(config, data=data)
    # The links lead to the Tilde that runs, which may have been told its port by an option.
    home = settings.public_url or urls_of(settings)[-1]
    run(settings.model_copy(update={"public_url": home}), account, None if day is None else day.date())
