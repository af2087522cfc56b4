"""The commands that run Tilde: all of it (`up`), or one role of the distributed mode."""

from pathlib import Path
from typing import Annotated

import typer

from run.cli.options import Config, Data, given_path
from run.process import lifeline
from run.process.hangup import outlive_hangups
from run.process.printing import print_lines
from tilde.settings import load_settings

RUN = "Run on this machine"
ROLES = "Run a role, on Kafka (TILDE_LOG)"
Port = Annotated[
    str | None,
    typer.Option("--port", "-p", metavar="<port>", help="The port to listen on, 1 to 65535.", show_default=False),
]
TlsPort = Annotated[
    str | None,
    typer.Option(
        "--tls-port",
        metavar="<port>",
        help="The port for https; without it, and with a certificate, --port speaks https.",
        show_default=False,
    ),
]
Host = Annotated[
    str | None, typer.Option("--host", help="The address to listen on; 0.0.0.0 for all.", show_default=False)
]
TlsCert = Annotated[
    Path | None,
    typer.Option(
        "--tls-cert",
        parser=given_path,
        metavar="<path>",
        help="Serve https, with this certificate chain (PEM).",
        show_default=False,
    ),
]
TlsKey = Annotated[
    Path | None,
    typer.Option(
        "--tls-key",
        parser=given_path,
        metavar="<path>",
        help="The private key of --tls-cert (PEM).",
        show_default=False,
    ),
]
Generation = Annotated[
    int | None,
    typer.Option(
        "--generation", min=1, help="Work for this generation of the tables, not for the live one.", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(rich_help_panel=RUN)(up)
    app.command("embedded-edge", hidden=True)(embedded_edge)
    app.command("embedded-first-account", hidden=True)(embedded_first_account)
    app.command("embedded-pipeline", hidden=True)(embedded_pipeline)
    app.command("embedded-watchers", hidden=True)(embedded_watchers)
    for role in (migrate, edge, streams, sinks, api, store, watchers, health):
        app.command(rich_help_panel=ROLES)(role)


def up(
    data: Data = None,
    host: Host = None,
    port: Port = None,
    tls_port: TlsPort = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    config: Config = None,
) -> None:
    """Run everything on this machine: one command, one address, nothing else to install."""
    outlive_hangups()
    from run.process.role import needs_embedded
    from run.roles.up import up as run

    at = {"host": host, "port": port, "tls_port": tls_port, "tls_cert": tls_cert, "tls_key": tls_key}
    settings = load_settings(config, data=data, **at)
    needs_embedded(settings)
    run(settings, config)


def embedded_edge(fd: Annotated[list[int], typer.Option()], config: Config = None) -> None:
    """The edge process of `tilde up`, on listening sockets that it inherits."""
    outlive_hangups()
    from run.roles.edge import embedded_edge as run

    lifeline.hold()
    run(load_settings(config), fd)


def embedded_first_account(lock: Annotated[int, typer.Option()], config: Config = None) -> None:
    """Make the account that `tilde up` begins with, in a folder whose lock it inherits."""
    from run.process.printing import print_json
    from run.roles.first_account import make_first_account as run

    print_json(run(load_settings(config), lock))


def embedded_pipeline(config: Config = None) -> None:
    """The pipeline process of `tilde up`: decider, processors, sinks, query API."""
    outlive_hangups()
    from run.roles.pipeline import embedded_pipeline as run

    lifeline.hold()
    run(load_settings(config))


def embedded_watchers(config: Config = None) -> None:
    """The watchers' process of `tilde up`."""
    outlive_hangups()
    from run.roles.watchers import embedded_watchers as run

    lifeline.hold()
    run(load_settings(config))


def watchers(data: Data = None, config: Config = None) -> None:
    """Write mail: of new stats, and the daily reports. Run one, and always with the same folder."""
    outlive_hangups()
    from run.roles.watchers import watchers as run

    lifeline.hold()
    run(load_settings(config, data=data))


def migrate(
    config: Config = None,
    generation: Annotated[
        int | None,
        typer.Option(
            "--generation",
            min=1,
            help="The generation of the tables, if not the live one; `tilde replay` makes others.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Create the Kafka topics and ClickHouse tables that are missing, then end. Run it before the others."""
    from run.roles.migrate import migrate as run

    run(load_settings(config), generation)


def edge(
    data: Data = None,
    host: Host = None,
    port: Port = None,
    tls_port: TlsPort = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    config: Config = None,
) -> None:
    """Answer users over HTTP: take posts in, ship them to Kafka, pass queries on to `tilde api` or `tilde store`."""
    outlive_hangups()
    from run.roles.edge import edge as run

    at = {"host": host, "port": port, "tls_port": tls_port, "tls_cert": tls_cert, "tls_key": tls_key}
    run(load_settings(config, data=data, **at))


def streams(data: Data = None, config: Config = None, generation: Generation = None) -> None:
    """Make numbers out of posts, from Kafka to Kafka (a Faust worker). Run as many as you like, up to 16."""
    outlive_hangups()
    from run.roles.streams import streams as run

    lifeline.hold()
    run(load_settings(config, data=data), generation)


def sinks(data: Data = None, config: Config = None, generation: Generation = None) -> None:
    """Bring the numbers that `streams` makes from Kafka into the tables of a ClickHouse server."""
    outlive_hangups()
    from run.roles.sinks import sinks as run

    lifeline.hold()
    run(load_settings(config, data=data), generation)


def api(data: Data = None, host: Host = None, port: Port = None, config: Config = None) -> None:
    """Answer the queries that edges pass on, from a ClickHouse server."""
    outlive_hangups()
    from run.roles.api import api as run

    run(load_settings(config, data=data, api_host=host, api_port=port))


def store(data: Data = None, host: Host = None, port: Port = None, config: Config = None) -> None:
    """Do the work of `sinks` and `api` in one process with tables of its own, where no ClickHouse server runs."""
    outlive_hangups()
    from run.roles.store import store as run

    run(load_settings(config, data=data, api_host=host, api_port=port))


def health(
    role: Annotated[str, typer.Argument(help="One of edge, streams, sinks, api, store and watchers.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Say how a role on this machine is; the exit code is 0 when it is well, else 1."""
    from run.cli.checks import trouble_with

    settings = load_settings(config, data=data)
    trouble = trouble_with(role, settings)
    print_lines(f"{role}: {trouble or 'ok'}")
    raise typer.Exit(1 if trouble else 0)
