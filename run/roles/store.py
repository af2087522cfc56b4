"""`tilde store`: sinks and query API in one process over chDB, where no ClickHouse server runs."""

import asyncio
import socket
from contextlib import AsyncExitStack
from functools import partial

from api.web.server import serve_on_port
from run.process.edges_opener import open_edges
from run.process.following import followed_catalog
from run.process.listening import listen
from run.process.role import kafka_outage, needs_kafka, run_in
from run.roles.generations import Generations, discard_before
from run.roles.query import query_app
from run.roles.read_models import SunkReadModels
from run.roles.workers import workers_of_the_live_generation
from tilde.data_folder import store_dsn
from tilde.eventlog import LogReader
from tilde.eventlog.kafka import KafkaLog
from tilde.eventlog.watched import WatchedLog
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import beside
from tilde.runtime.telling import Outage, tell
from tilde.settings import Settings, open_keyring
from tilde.store.clickhouse import open_store
from tilde.store.connect import import_engine
from tilde.store.migrate import point_views


def store(settings: Settings) -> None:
    """A generation to be built gets a sink here, and workers of its own elsewhere."""
    needs_kafka(settings)
    listening = listen(settings.api_host, settings.api_port, "api_port")
    where = f"http://{settings.api_host}:{settings.api_port}"
    tell("store", f"fills {settings.data}/store from Kafka at {settings.brokers}, and answers queries on {where}")
    import_engine()  # before any task or thread is there
    run_in(settings.data, _work(settings, listening))


async def _work(settings: Settings, listening: socket.socket) -> None:
    outage = kafka_outage(settings, "store")
    async with followed_catalog(settings, outage) as (follower, following), AsyncExitStack() as stack:
        opened = await open_store(store_dsn(settings.data))
        stack.push_async_callback(opened.close)
        open_read_model = SunkReadModels(opened, partial(_watched_log, settings.brokers, outage), SystemClock()).open
        live = await open_read_model(follower.catalog.generation)
        generations = Generations(settings.data, opened, live, lambda: follower.catalog.generation, open_read_model)
        stack.push_async_callback(generations.close)
        await point_views(opened, live.generation)
        await discard_before(settings.data, opened, live.generation)
        log = KafkaLog(settings.brokers)
        stack.push_async_callback(log.close)
        workers = workers_of_the_live_generation(settings, follower)
        stack.push_async_callback(workers.close)
        edges = open_edges(settings, open_keyring(settings), lambda: follower.catalog.edges)
        opener = await stack.enter_async_context(edges)
        app = query_app(settings, stack, opened, follower, log, generations, generations, workers, opener)
        serving = serve_on_port(app, listening, settings.keep_alive_s)
        await beside([following, asyncio.create_task(generations.watch())], serving)


def _watched_log(brokers: str, outage: Outage, generation: int) -> LogReader:
    return WatchedLog(KafkaLog(brokers, generation), outage)
