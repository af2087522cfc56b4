"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option("--data", help="The data folder; else that of TILDE_DATA, else ./tilde-data.", show_default=False),
]
Config = Annotated[
    Path | None, typer.Option("--config", help="A TOML file with settings (docs/settings.md).", show_default=False)
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url", help="Work on the Tilde at this URL, not on a data folder; needs --operator-token.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value, for programs.")]
