"""The command line, `tilde`. Its commands import what they run, so that `--help` answers at once."""

import sys
from typing import Annotated

import typer
from pydantic import ValidationError
from typer.exceptions import TyperException

from run.cli import (
    account,
    data,
    definition,
    exporting,
    importing,
    kept_metric,
    person,
    product,
    roles,
    saved_report,
    stat,
    token,
    visitor,
)
from run.process.printing import print_lines
from tilde.dialects.known import DIALECTS
from tilde.errors import TildeError
from tilde.eventlog import LogError
from tilde.runtime import machine
from tilde.runtime.descriptors import raise_limit
from tilde.runtime.telling import announce, listen_to_libraries, tell_bug
from tilde.runtime.wording import predicate
from tilde.store import StoreError

*_CLIENTS, _LAST_CLIENTS = [each.manual.clients for each in DIALECTS.records if each.manual.clients]
_HELP = (
    f"A statistics server that answers the clients of {', '.join(_CLIENTS)} and {_LAST_CLIENTS}.",
    "",
    "[bold]tilde up[/]                                       run everything, on this machine",
    "[bold]tilde account create shop --email a@b.example[/]  make an account and its keys",
    "[bold]tilde tail stats[/]                               see posts as they come in",
    '[bold]tilde sql "SELECT * FROM stats LIMIT 5"[/]        ask the tables',
)
_TOLD = (TildeError, LogError, StoreError)

app = typer.Typer(
    name="tilde",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="\n".join(_HELP),
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print_lines(version("tilde-stats"))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


roles.register(app)
data.register(app)
app.add_typer(account.app, name="account", rich_help_panel="Accounts and stats")
app.add_typer(product.app, name="product", rich_help_panel="Accounts and stats")
app.add_typer(definition.app, name="definition", rich_help_panel="Accounts and stats")
app.add_typer(saved_report.app, name="saved-report", rich_help_panel="Accounts and stats")
app.add_typer(kept_metric.app, name="metric", rich_help_panel="Accounts and stats")
app.add_typer(token.app, name="token", rich_help_panel="Accounts and stats")
app.add_typer(stat.app, name="stat", rich_help_panel="Accounts and stats")
app.add_typer(visitor.app, name="visitor", rich_help_panel="Accounts and stats")
app.add_typer(importing.app, name="import", rich_help_panel="Accounts and stats")
app.add_typer(exporting.app, name="export", rich_help_panel="Accounts and stats")
app.add_typer(person.app, name="person", rich_help_panel="Accounts and stats")


def run() -> None:
    """The console script: what goes wrong is told in one line, with exit code 1; what is not understood, with 2."""
    raise_limit()
    listen_to_libraries()
    if not all(map(_is_text, sys.argv)):
        announce("an argument is no UTF-8 text")
        sys.exit(1)
    try:
        code = app(standalone_mode=False)
    except typer.Abort:
        code = 1
    except TyperException as error:
        code = _not_understood(error)
    except Exception as error:  # noqa: BLE001 - told, a bug with where it came from; it is the end of the process
        code = _gone_wrong(error)
    sys.exit(code)


def _not_understood(error: TyperException) -> int:
    """Tells in a line of ours, and not in a box of the library's, which shows what was typed as it is."""
    if type(error).__name__ != "NoArgsIsHelpError":  # then the help has been printed already
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "tilde"
        _in_our_words(error)
        announce(f"{error.format_message().rstrip('.')}; see {command} --help")
    return error.exit_code


def _in_our_words(error: TyperException) -> None:
    """A value that an option or an argument cannot have was found wrong by pydantic, which says so in its own."""
    if isinstance(error.__cause__, ValidationError):
        error.message = "; ".join(predicate(problem) for problem in error.__cause__.errors())


def _gone_wrong(error: Exception) -> int:
    told = _for_operators(error)
    if told is None:
        tell_bug(error)
    else:
        announce(told)
    return 1


def _is_text(argument: str) -> bool:
    """Whether what was typed could be decoded: Python keeps other bytes as halves of surrogate pairs."""
    return not any("\ud800" <= character <= "\udfff" for character in argument)


def _for_operators(error: BaseException) -> str | None:
    """What an operator can mend, out of a task group's errors too; None for a bug."""
    if isinstance(error, BaseExceptionGroup):
        found = [_for_operators(each) for each in error.exceptions]
        return found[0] if found and all(each is not None for each in found) else None
    if isinstance(error, OSError):
        return machine.told(error)
    return str(error) if isinstance(error, _TOLD) else None


if __name__ == "__main__":
    run()
