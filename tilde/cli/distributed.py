"""The roles of the distributed mode, each a process of its own: edge, streams, sinks, api; or sinks and api on chDB,
`store`.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from tilde.cli.folder import DataFolder
from tilde.clock import SystemClock
from tilde.errors import SettingsError, TildeError
from tilde.eventlog.kafka import KafkaLog
from tilde.follower import CatalogFollower
from tilde.settings import Settings
from tilde.tasks import beside, cancel


def needs_kafka(settings: Settings) -> None:
    """Raises SettingsError on the embedded log, where `tilde up` runs everything."""
    if settings.is_embedded:
        raise SettingsError("this role runs on Kafka: set TILDE_LOG=kafka://HOST:PORT (or run everything: tilde up)")


def run(settings: Settings, work: Coroutine[Any, Any, None]) -> None:
    """Runs a role inside the data folder until SIGTERM or SIGINT."""

    async def until_told() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    os.umask(0o077)
    settings.data.mkdir(parents=True, exist_ok=True)
    os.chdir(settings.data)
    uvloop.run(until_told())


def edge(settings: Settings) -> None:
    """`tilde edge`."""
    from producers.wiring import run_edge
    from tilde.cli.up import listen

    needs_kafka(settings)
    lock = DataFolder(settings.data).take()
    run(settings, run_edge(settings, listen(settings.host, settings.port)))
    os.close(lock)


def streams(settings: Settings, generation: int | None) -> None:
    """`tilde streams`."""
    from streams.wiring import run_streams

    needs_kafka(settings)
    settings.data.mkdir(parents=True, exist_ok=True)

    async def work() -> None:
        mine = generation or await active_generation(settings)
        async with _watched(settings, None if generation else mine) as replaced:
            await beside([replaced], run_streams(settings.brokers, mine, settings.data))

    uvloop.run(work())


def sinks(settings: Settings, generation: int | None) -> None:
    """`tilde sinks`."""
    needs_kafka(settings)
    if settings.store == "chdb":
        raise SettingsError(
            "sinks and api share no embedded store: set TILDE_STORE=clickhouse://.. or run `tilde store`"
        )
    run(settings, _sinks(settings, generation))


async def _sinks(settings: Settings, generation: int | None) -> None:
    from sinks.wiring import run_sinks
    from tilde.cli.generations import discard_before
    from tilde.store.clickhouse import open_store
    from tilde.store.migrate import migrate as migrate_tables
    from tilde.store.migrate import point_views

    mine = generation or await active_generation(settings)
    async with AsyncExitStack() as stack:
        replaced = await stack.enter_async_context(_watched(settings, None if generation else mine))
        store = await open_store(settings.store)
        stack.push_async_callback(store.close)
        if generation is None:
            await migrate_tables(store, mine)
            await point_views(store, mine)
            await discard_before(store, mine)
        await beside([replaced], run_sinks(settings.brokers, store, mine, Path("sinks.status")))


def api(settings: Settings) -> None:
    """`tilde api`."""
    needs_kafka(settings)
    if settings.store == "chdb":
        raise SettingsError("`tilde api` asks a server: set TILDE_STORE=clickhouse://.. or run `tilde store`")
    run(settings, _api(settings))


async def _api(settings: Settings) -> None:
    from api.wiring import serve_on_port
    from tilde.cli.generations import SunkElsewhere
    from tilde.cli.query import query_app
    from tilde.store.clickhouse import open_store
    from tilde.store.progress import StoredProgress

    async with _following(settings) as (follower, following), AsyncExitStack() as stack:
        store = await open_store(settings.store)
        stack.push_async_callback(store.close)
        progress = StoredProgress(store, lambda: follower.catalog.generation)
        log = KafkaLog(settings.brokers)
        stack.push_async_callback(log.close)
        rebuild = SunkElsewhere(store, lambda: follower.catalog.generation)
        app = query_app(settings, store, follower, log, progress, rebuild)
        await beside([following], serve_on_port(app, settings.api_host, settings.api_port))


def store(settings: Settings) -> None:
    """`tilde store`."""
    needs_kafka(settings)
    run(settings, _store(settings))


async def _store(settings: Settings) -> None:
    """Sink and query API over chDB; a generation to be built gets a sink here, and workers of its own elsewhere."""
    from api.wiring import serve_on_port
    from tilde.cli.generations import Generations, discard_before, sunk_read_models
    from tilde.cli.query import query_app
    from tilde.store.clickhouse import open_store
    from tilde.store.migrate import point_views

    async with _following(settings) as (follower, following), AsyncExitStack() as stack:
        opened = await open_store(f"chdb://{Path.cwd() / 'store'}")
        stack.push_async_callback(opened.close)
        open_read_model = sunk_read_models(opened, partial(KafkaLog, settings.brokers), SystemClock())
        live = await open_read_model(follower.catalog.generation)
        generations = Generations(opened, live, lambda: follower.catalog.generation, open_read_model)
        stack.push_async_callback(generations.close)
        await point_views(opened, live.generation)
        await discard_before(opened, live.generation)
        log = KafkaLog(settings.brokers)
        stack.push_async_callback(log.close)
        app = query_app(settings, opened, follower, log, generations, generations)
        serving = serve_on_port(app, settings.api_host, settings.api_port)
        await beside([following, asyncio.create_task(generations.watch())], serving)


def migrate(settings: Settings, generation: int) -> None:
    """`tilde migrate`: idempotent."""
    needs_kafka(settings)
    asyncio.run(_migrate(settings, generation))


async def _migrate(settings: Settings, generation: int) -> None:
    from streams.topology import changelogs
    from tilde.eventlog.kafka_topics import create_topics
    from tilde.store.clickhouse import open_store
    from tilde.store.migrate import migrate as create_tables

    made = await create_topics(
        settings.brokers, generation, changelogs(generation), retention_hours=settings.output_retention_hours
    )
    print(f"topics: {', '.join(made) if made else 'all there'}")
    if settings.store == "chdb":
        return  # its own process creates the tables: nobody else may open it
    opened = await open_store(settings.store)
    try:
        done = await create_tables(opened, generation)
    finally:
        await opened.close()
    print(f"tables: {', '.join(each.name for each in done) if done else 'all there'}")


@asynccontextmanager
async def _following(settings: Settings) -> AsyncIterator[tuple[CatalogFollower, asyncio.Task[None]]]:
    log = KafkaLog(settings.brokers)
    follower = CatalogFollower(log)
    await follower.read_to_end()
    task = asyncio.create_task(follower.run())
    try:
        yield follower, task
    finally:
        await cancel(task)
        await log.close()


async def active_generation(settings: Settings) -> int:
    """The generation that is read now, by the catalog. Raises LogError."""
    log = KafkaLog(settings.brokers)
    try:
        follower = CatalogFollower(log)
        await follower.read_to_end()
        return follower.catalog.generation
    finally:
        await log.close()


class ReplacedError(TildeError):
    """Another generation is read now; started again, this role works for that one."""


@asynccontextmanager
async def _watched(settings: Settings, generation: int | None) -> AsyncIterator[asyncio.Task[None]]:
    """A task that ends with ReplacedError when the read pointer moves on; without a generation it only waits."""
    task = asyncio.create_task(_until_replaced(settings, generation))
    try:
        yield task
    finally:
        await cancel(task)


async def _until_replaced(settings: Settings, generation: int | None) -> None:
    if generation is None:
        await asyncio.Event().wait()
        return
    log = KafkaLog(settings.brokers)
    follower = CatalogFollower(log)
    following = asyncio.create_task(follower.run())
    try:
        while follower.catalog.generation <= generation:
            await asyncio.sleep(1)
    finally:
        await cancel(following)
        await log.close()
    raise ReplacedError(f"generation {follower.catalog.generation} has taken over from {generation}")
