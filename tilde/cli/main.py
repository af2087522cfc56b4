"""The command line, `tilde`. Its commands import what they run, so that `--help` answers at once."""

import sys

import typer

from tilde.cli import account, data, roles, stat
from tilde.errors import TildeError
from tilde.eventlog import CorruptError, LogError
from tilde.keyring import KeyFileError

app = typer.Typer(
    name="tilde",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""
    Statistics backend that speaks StatHat on the wire; StatsMix, Clicky and Kissmetrics come next.

    [bold]tilde up[/]                                       everything, on this machine
    [bold]tilde account create shop --email a@b.example[/]  an account and its keys
    [bold]tilde tail stats[/]                               events as they come in
    [bold]tilde sql "SELECT * FROM stats LIMIT 5"[/]        ask the store
    """,
)
roles.register(app)
data.register(app)
app.add_typer(account.app, name="account", rich_help_panel="Accounts and stats")
app.add_typer(stat.app, name="stat", rich_help_panel="Accounts and stats")


def run() -> None:
    """The console script: what goes wrong is told in one line, with exit code 1."""
    try:
        app()
    except (TildeError, LogError, CorruptError, KeyFileError) as error:
        print(f"tilde: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    run()
