"""The commands that look at what was counted: `tail`, `sql`, `replay`."""

import typer


def register(app: typer.Typer) -> None:
    """Adds the commands."""
