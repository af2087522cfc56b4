"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tilde.errors import TildeError


def given_path(text: str) -> Path:
    """A path that was given. An empty one is a variable that was not set, and no wish for the folder that one is in."""
    if not text:
        raise typer.BadParameter("is empty: give a path, or leave it out")
    return Path(text)


def given_of(options: str, **values: Any) -> dict[str, Any]:
    """What was given of some options, by the names that a body has for them. Raises TildeError where nothing was."""
    given = {name: value for name, value in values.items() if value is not None}
    if not given:
        raise TildeError(f"say what to set: {options}")
    return given


Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        parser=given_path,
        metavar="<path>",
        help="The data folder; else that of TILDE_DATA, else ./tilde-data.",
        show_default=False,
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        parser=given_path,
        metavar="<path>",
        help="A TOML file with settings (docs/settings.md).",
        show_default=False,
    ),
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url", help="Work on the Tilde at this URL, not on a data folder; needs --operator-token.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value, for programs.")]
