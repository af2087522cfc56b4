"""The commands that run Tilde: all of it (`up`), or one role of the distributed mode."""

from typing import Annotated

import typer

from tilde.cli import lifeline
from tilde.cli.options import Config, Data
from tilde.settings import load_settings

RUN = "Run"
Port = Annotated[int | None, typer.Option("--port", "-p", help="The port to listen on.", show_default=False)]
Host = Annotated[str | None, typer.Option("--host", help="The address to listen on.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(rich_help_panel=RUN)(up)
    app.command("embedded-edge", hidden=True)(embedded_edge)
    app.command("embedded-pipeline", hidden=True)(embedded_pipeline)


def up(data: Data = None, host: Host = None, port: Port = None, config: Config = None) -> None:
    """Run everything on this machine: one command, one port, nothing else to install."""
    from tilde.cli.up import up as run

    run(load_settings(config, data=data, host=host, port=port))


def embedded_edge(fd: Annotated[int, typer.Option()], config: Config = None) -> None:
    """The edge process of `tilde up`, on a listening socket that it inherits."""
    from tilde.cli.embedded import edge

    lifeline.hold()
    edge(load_settings(config), fd)


def embedded_pipeline(config: Config = None) -> None:
    """The pipeline process of `tilde up`: decider, processors, sinks, query API."""
    from tilde.cli.embedded import pipeline

    lifeline.hold()
    pipeline(load_settings(config))
