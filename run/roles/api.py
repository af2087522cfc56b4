"""`tilde api`: the query API over a ClickHouse server."""

import socket
from contextlib import AsyncExitStack

from api.web.server import serve_on_port
from run.process.edges_opener import open_edges
from run.process.following import followed_catalog
from run.process.listening import listen
from run.process.role import kafka_outage, needs_kafka, run_in
from run.roles.generations import SunkElsewhere
from run.roles.query import query_app
from run.roles.workers import workers_of_the_live_generation
from tilde.errors import SettingsError
from tilde.eventlog.kafka import KafkaLog
from tilde.runtime.tasks import beside
from tilde.runtime.telling import tell
from tilde.settings import Settings, open_keyring
from tilde.store.clickhouse import open_store
from tilde.store.progress import StoredProgress


def api(settings: Settings) -> None:
    """Answers queries; sinks elsewhere fill the tables."""
    needs_kafka(settings)
    if settings.store == "chdb":
        raise SettingsError("`tilde api` asks a server: set TILDE_STORE=clickhouse://.. or run `tilde store`")
    listening = listen(settings.api_host, settings.api_port, "api_port")
    where = f"http://{settings.api_host}:{settings.api_port}"
    tell("api", f"answers queries on {where} from {settings.store_shown}, follows Kafka at {settings.brokers}")
    run_in(settings.data, _work(settings, listening))


async def _work(settings: Settings, listening: socket.socket) -> None:
    outage = kafka_outage(settings, "api")
    async with followed_catalog(settings, outage) as (follower, following), AsyncExitStack() as stack:
        store = await open_store(settings.store)
        stack.push_async_callback(store.close)
        progress = StoredProgress(store, lambda: follower.catalog.generation)
        log = KafkaLog(settings.brokers)
        stack.push_async_callback(log.close)
        rebuild = SunkElsewhere(store, lambda: follower.catalog.generation)
        workers = workers_of_the_live_generation(settings, follower)
        stack.push_async_callback(workers.close)
        edges = open_edges(settings, open_keyring(settings), lambda: follower.catalog.edges)
        opener = await stack.enter_async_context(edges)
        app = query_app(settings, stack, store, follower, log, progress, rebuild, workers, opener)
        await beside([following], serve_on_port(app, listening, settings.keep_alive_s))
