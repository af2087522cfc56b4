"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None, typer.Option("--data", help="The data folder (TILDE_DATA; tilde-data).", show_default=False)
]
Config = Annotated[Path | None, typer.Option("--config", help="A TOML file with settings.", show_default=False)]
Url = Annotated[str | None, typer.Option("--url", help="A remote Tilde; needs --operator-token.", show_default=False)]
OperatorToken = Annotated[
    str | None,
    typer.Option("--operator-token", envvar="TILDE_OPERATOR_TOKEN", help="For --url.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
