"""The commands that run Tilde: all of it (`up`), or one role of the distributed mode."""

from pathlib import Path
from typing import Annotated

import typer

from tilde.cli.options import Config, Data
from tilde.processes import lifeline
from tilde.settings import load_settings

RUN = "Run on this machine"
ROLES = "Run one role, on Kafka"
Port = Annotated[int | None, typer.Option("--port", "-p", help="The port to listen on.", show_default=False)]
Host = Annotated[str | None, typer.Option("--host", help="The address to listen on.", show_default=False)]
TlsCert = Annotated[Path | None, typer.Option("--tls-cert", help="Certificate chain (PEM).", show_default=False)]
TlsKey = Annotated[Path | None, typer.Option("--tls-key", help="Its private key (PEM).", show_default=False)]
Generation = Annotated[
    int | None, typer.Option("--generation", help="Of the read models; the one that is read now.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(rich_help_panel=RUN)(up)
    app.command("embedded-edge", hidden=True)(embedded_edge)
    app.command("embedded-pipeline", hidden=True)(embedded_pipeline)
    for role in (migrate, edge, streams, sinks, api, store, health):
        app.command(rich_help_panel=ROLES)(role)


def up(
    data: Data = None,
    host: Host = None,
    port: Port = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    config: Config = None,
) -> None:
    """Run everything on this machine: one command, one port, nothing else to install."""
    from tilde.processes.up import up as run

    run(load_settings(config, data=data, host=host, port=port, tls_cert=tls_cert, tls_key=tls_key), config)


def embedded_edge(fd: Annotated[int, typer.Option()], config: Config = None) -> None:
    """The edge process of `tilde up`, on a listening socket that it inherits."""
    from tilde.processes.edge import embedded_edge as run

    lifeline.hold()
    run(load_settings(config), fd)


def embedded_pipeline(config: Config = None) -> None:
    """The pipeline process of `tilde up`: decider, processors, sinks, query API."""
    from tilde.processes.pipeline import embedded_pipeline as run

    lifeline.hold()
    run(load_settings(config))


def migrate(config: Config = None, generation: Generation = None) -> None:
    """Create the topics and tables that are missing, with the right settings; run it before the others."""
    from tilde.processes.migrating import migrate as run

    run(load_settings(config), generation or 1)


def edge(
    data: Data = None,
    host: Host = None,
    port: Port = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    config: Config = None,
) -> None:
    """Take posts and commands over HTTP, into the log."""
    from tilde.processes.edge import edge as run

    run(load_settings(config, data=data, host=host, port=port, tls_cert=tls_cert, tls_key=tls_key))


def streams(data: Data = None, config: Config = None, generation: Generation = None) -> None:
    """Process raw topics into output topics (a Faust worker); run as many as you like."""
    from tilde.processes.streams import streams as run

    run(load_settings(config, data=data), generation)


def sinks(data: Data = None, config: Config = None, generation: Generation = None) -> None:
    """Write output topics into a ClickHouse server's tables."""
    from tilde.processes.sinks import sinks as run

    run(load_settings(config, data=data), generation)


def api(data: Data = None, host: Host = None, port: Port = None, config: Config = None) -> None:
    """Answer queries from a ClickHouse server."""
    from tilde.processes.api import api as run

    run(load_settings(config, data=data, api_host=host, api_port=port))


def store(data: Data = None, host: Host = None, port: Port = None, config: Config = None) -> None:
    """Sinks and query API in one process on the embedded store, where no ClickHouse server runs."""
    from tilde.processes.store import store as run

    run(load_settings(config, data=data, api_host=host, api_port=port))


def health(
    role: Annotated[str, typer.Argument(help="edge, streams, sinks, api or store.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Exit 0 if a role on this machine is well, else say what is wrong and exit 1."""
    from tilde.cli.checks import trouble_with

    settings = load_settings(config, data=data)
    trouble = trouble_with(role, settings)
    typer.echo(f"{role}: {trouble or 'ok'}")
    raise typer.Exit(1 if trouble else 0)
