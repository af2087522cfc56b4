"""Builds the edge: the only module of this stage that names a concrete adapter, and its dialects. Nothing is opened
before `run_edge`.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from producers.admin.admin import Admin
from producers.clicky import dialect as clicky
from producers.edge.adoption import Adoption
from producers.edge.ballast import Ballast
from producers.edge.edge import Edge, open_edge
from producers.edge.edge_log import EdgeLog
from producers.edge.forwarder import Forwarder
from producers.exception_handlers import exception_handlers
from producers.kissmetrics import dialect as kissmetrics
from producers.links import dialect as links
from producers.parts import Parts
from producers.people.lines import Lines
from producers.services import Services
from producers.stathat import dialect as stathat
from producers.statsmix import dialect as statsmix
from producers.tilde_v1 import dialect as tilde_v1
from producers.web import query_api
from producers.web.app import EdgeApp
from producers.web.clients import Proxies
from producers.web.cors import Cors
from producers.web.docs_page import add_docs
from producers.web.front import Front
from producers.web.health import Health, health_router
from producers.web.holder import holder
from producers.web.https_only import HttpsOnly
from producers.web.lane_protocol import LaneProtocol
from producers.web.measures import EdgeMeasures
from producers.web.passed_on import pass_over_late_wakeups
from producers.web.query_api import QueryApi
from producers.web.questions import Questions
from producers.web.watching import Watching
from tilde.data_folder import (
    api_path,
    ballast_path,
    bell_path,
    catalog_path,
    commands_path,
    edge_folder,
    heartbeat_path,
)
from tilde.eventlog.bell import Bell, SeldomRing
from tilde.eventlog.handover import Handover
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.mirror import MirroredCatalog
from tilde.eventlog.sqlite import SqliteLog
from tilde.eventlog.watched import WatchedLog, WatchedWriter
from tilde.keys.keyring import Keyring
from tilde.runtime.clock import Clock, SystemClock
from tilde.runtime.descriptors import Descriptors
from tilde.runtime.garbage import collect_rarely
from tilde.runtime.short_path import short_path
from tilde.runtime.tasks import beside, cancel
from tilde.runtime.telling import Outage
from tilde.schemas.topics import CATALOG, COMMANDS
from tilde.settings import Ack, Settings, open_keyring, open_operator_token
from tilde.web.addresses import Address
from tilde.web.certificate import Certificate
from tilde.web.http_clients import open_transport
from tilde.web.serving import Door, server

# As in `tilde/dialects/known.py`: a route that names a key goes before one that names a number.
DIALECTS = (stathat, statsmix, kissmetrics, clicky, links, tilde_v1)
NO_FRONT = Front()
NO_DATAGRAMS: Mapping[str, socket.socket] = {}
NO_LIMITS = httpx.Limits(max_keepalive_connections=32)  # seats limit what is passed on, and health does not wait there


async def run_edge(
    settings: Settings,
    listening: Sequence[tuple[Address, socket.socket]],
    hangup: asyncio.Event,
    datagrams: Mapping[str, socket.socket] = NO_DATAGRAMS,
    *,
    adopts: bool = False,
) -> None:
    """Serves on bound sockets until SIGTERM; looks for a renewed certificate by itself, and when `hangup` is set. With
    `adopts` watchers of the data folder may hand it commands. What dialects have beside their routes is opened before
    anybody is answered, and closed when nobody is any more, before the log is.
    """
    keyring = open_keyring(settings)
    certificate = Certificate.of(settings, SystemClock())
    pass_over_late_wakeups(asyncio.get_running_loop())
    opening = _embedded(settings, keyring, adopts=adopts) if settings.is_embedded else _on_kafka(settings, keyring)
    async with opening as opened:
        front = Front([address.url for address, _ in listening], certificate, Descriptors("edge"))
        services = Services()
        watching = Watching(heartbeat_path(settings.data, "watchers"), SystemClock()) if adopts else None
        app = build_app(
            settings, opened.edge, keyring, opened.api, opened.forwarder, front, services, datagrams, watching
        )
        collect_rarely(young_objects=5_000)  # what httpx leaves of a passed-on request, 6 kB, is garbage
        protocol = partial(LaneProtocol, lanes=app.lanes, turns=app.turns, proxies=Proxies(settings.proxy_networks))
        serving = server(app, front.descriptors, settings.keep_alive_s, http=protocol)
        doors = [
            Door(bound, certificate.context if address.is_tls and certificate else None) for address, bound in listening
        ]
        renewing = [] if certificate is None else [asyncio.create_task(certificate.watch(hangup))]
        try:
            async with services.opened():
                await beside([*opened.background, *renewing], serving.serve_until_cancelled(doors))
        finally:
            await cancel(*renewing)


@dataclass(frozen=True, slots=True)
class _Opened:
    """An edge, its way to the query API, and the tasks that must not end."""

    edge: Edge
    api: QueryApi
    background: list[asyncio.Task[None]]
    forwarder: Forwarder | None = None


@asynccontextmanager
async def _embedded(settings: Settings, keyring: Keyring, *, adopts: bool) -> AsyncIterator[_Opened]:
    data = settings.data
    async with AsyncExitStack() as stack:
        bell = Bell(bell_path(data), serves=False)
        await bell.open()
        stack.push_async_callback(bell.close)
        edge = await open_embedded_edge(data, keyring, SystemClock(), bell, stack)
        if adopts:
            await open_adoption(data, edge, stack)
        socket_path = stack.enter_context(short_path(api_path(data)))
        transport = open_transport(uds=str(socket_path), retries=1, limits=NO_LIMITS)
        api = QueryApi(transport, reads_per_address=settings.reads_per_address, public_url=settings.public_url)
        stack.push_async_callback(api.close)
        yield _Opened(edge, api, [edge.following])


async def open_embedded_edge(data: Path, keyring: Keyring, clock: Clock, bell: Bell, stack: AsyncExitStack) -> Edge:
    """The edge of a data folder, over its own log alone; `stack` closes it. Raises TildeError, as `open_edge`."""
    reader = SqliteLog(data, bell=bell, hears=[CATALOG.name])
    stack.push_async_callback(reader.close)
    ring = SeldomRing(bell, urgent=[COMMANDS.name])
    stack.callback(ring.close)
    edge = await open_edge(EdgeLog(edge_folder(data), clock.now_ms()), reader, keyring, clock, ring.ring)
    stack.push_async_callback(edge.close)
    return edge


async def open_adoption(data: Path, edge: Edge, stack: AsyncExitStack) -> None:
    """The way in for commands of the folder's watchers; `stack` closes it."""
    adoption = Adoption(edge.sealer, edge.follower.catalog)
    handover = Handover(commands_path(data), adoption.take)
    await handover.open()
    stack.push_async_callback(handover.close)


@asynccontextmanager
async def _on_kafka(settings: Settings, keyring: Keyring) -> AsyncIterator[_Opened]:
    from tilde.eventlog.kafka import KafkaLog, KafkaWriter  # noqa: PLC0415 - `tilde up` has none

    data, clock = settings.data, SystemClock()
    outage = Outage("edge", f"Kafka at {settings.brokers}")
    async with AsyncExitStack() as stack:
        reader = MirroredCatalog(
            WatchedLog(KafkaLog(settings.brokers), outage), LogFile(catalog_path(data), writes=True)
        )
        stack.push_async_callback(reader.close)
        ballast = Ballast(ballast_path(data))
        log = EdgeLog(edge_folder(data), clock.now_ms(), ballast=ballast)
        forwarder = Forwarder(edge_folder(data), WatchedWriter(KafkaWriter(settings.brokers), outage), clock, ballast)
        stack.push_async_callback(forwarder.close)
        forwarding = asyncio.create_task(forwarder.run())
        stack.push_async_callback(cancel, forwarding)
        confirm = forwarder.confirm if settings.ack is Ack.BROKER else None
        edge = await open_edge(log, reader, keyring, clock, forwarder.wake, confirm)
        stack.push_async_callback(edge.close)
        transport = open_transport(settings.api_url, ca_file=settings.ca_file, retries=1, limits=NO_LIMITS)
        api = QueryApi(transport, settings.api_url, settings.reads_per_address, settings.public_url)
        stack.push_async_callback(api.close)
        yield _Opened(edge, api, [edge.following, forwarding], forwarder)


def build_app(
    settings: Settings,
    edge: Edge,
    keyring: Keyring,
    api: QueryApi,
    forwarder: Forwarder | None = None,
    front: Front = NO_FRONT,
    services: Services | None = None,
    datagrams: Mapping[str, socket.socket] = NO_DATAGRAMS,
    watching: Watching | None = None,
) -> EdgeApp:
    """The edge's application over open parts. What its dialects have beside their routes they name to `services`, where
    somebody opens that.
    """
    cors = Cors(settings.origins, settings.operator_origins)
    app = EdgeApp(cors, title="Tilde", docs_url=None, redoc_url=None, openapi_url=None)
    for error, handler in exception_handlers().items():
        app.add_exception_handler(error, handler)
    edge.keyholders.when_erased(app.lanes.forget)
    catalog, operator_token, clock = edge.follower.catalog, open_operator_token(settings), SystemClock()
    questions = Questions(api, catalog, operator_token)
    parts = Parts(
        settings=settings,
        edge=edge,
        api=api,
        questions=questions,
        admin=Admin.over(edge.desk, catalog, keyring, questions),
        keyring=keyring,
        clock=clock,
        operator_token=operator_token,
        services=services or Services(),
        lines=Lines(),
        datagrams=datagrams,
    )
    tallies = [tally for dialect in DIALECTS for tally in dialect.add(app, parts)]
    measures = EdgeMeasures(tallies, lambda: edge.log.next_offset, forwarder, front, watching)
    health = Health(measures, api, edge.sealer.trouble, lambda: edge.keyholders.trouble, front, clock, watching)
    app.include_router(health_router(health))
    add_docs(app, api)
    own = list(app.router.routes)
    app.ask_methods = partial(query_api.methods_of, api, own)
    https_only = HttpsOnly(settings.public_url, parts.admin.tokens.note_exposed)
    app.include_router(query_api.router(api, own, parts.operator_token, partial(holder, edge.keys), https_only))
    return app
