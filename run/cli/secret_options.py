"""Options that take a secret. Each has three ways: `--NAME VALUE`, which every user of the machine sees in the list of
processes; `--NAME-file PATH`, where `-` is standard input; and a variable of the environment.
"""

import os
import sys
from getpass import getpass
from typing import Annotated, Any

import typer

from tilde.domain.texts import trimmed
from tilde.errors import TildeError

BYTES_MAX = 65_536  # a key has 255 characters; a file that is larger is another one


def secret_option(name: str, meaning: str) -> Any:
    """The option that has the secret itself."""
    return typer.Option(f"--{name}", envvar=_variable(name), help=meaning, show_default=False)


def file_option(name: str) -> Any:
    """The option beside it that names a file, or standard input."""
    meaning = f"A file with what --{name} takes, so that it stands in no list of processes; - for standard input."
    return typer.Option(f"--{name}-file", metavar="PATH", help=meaning, show_default=False)


def secret(name: str, value: str | None, file: str | None) -> str | None:
    """What was given, by whichever way; a file goes over the variable. Raises TildeError for a file that has none.

    White space around it in the file is not its own. Of standard input each takes the next line.
    """
    if file is None:
        return value
    if value is not None and value != os.environ.get(_variable(name)):
        raise TildeError(f"give --{name} or --{name}-file, not both")
    text = trimmed(_line_of_input(name) if file == "-" else _content(name, file))
    if not text or "\n" in text:
        raise TildeError(
            f"--{name}-file {file} must hold one line with it, and {'more' if text else 'nothing'} is there"
        )
    return text


def token_of(value: str | None, file: str | None) -> str | None:
    """The operator's token."""
    return secret("operator-token", value, file)


def _variable(name: str) -> str:
    return "TILDE_OPERATOR_TOKEN" if name == "operator-token" else f"TILDE_ACCOUNT_{name.replace('-', '_').upper()}"


def _content(name: str, file: str) -> str:
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 - /dev/fd/3 of a shell is one too
            content = opened.read(BYTES_MAX + 1)
    except (OSError, ValueError) as cause:
        why = cause.strerror if isinstance(cause, OSError) else "it is no path"
        raise TildeError(f"--{name}-file {file} cannot be read: {why}") from None
    return _decoded(name, file, content)


def _line_of_input(name: str) -> str:
    if sys.stdin is None:
        raise TildeError(f"--{name}-file is -, and standard input is closed")
    if sys.stdin.isatty():
        return getpass(f"{name}: ")
    return _decoded(name, "-", sys.stdin.buffer.readline(BYTES_MAX + 1))


def _decoded(name: str, file: str, content: bytes) -> str:
    if len(content) > BYTES_MAX:
        raise TildeError(f"--{name}-file {file} is too large to hold one line with it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TildeError(f"--{name}-file {file} is no UTF-8 text") from None


OperatorToken = Annotated[
    str | None,
    secret_option("operator-token", "With --url: what the file `operator_token` in that Tilde's data folder holds."),
]
OperatorTokenFile = Annotated[str | None, file_option("operator-token")]
