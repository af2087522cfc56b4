"""The pipeline process of `tilde up`: decider, processors, sinks and query API over one data folder, in one event loop.

commands -------> decider ----> catalog            folding and inserting run in threads,
stats, catalog -> processors -> outputs -> sinks   so that queries are answered meanwhile
"""

import asyncio
from contextlib import AsyncExitStack

from fastapi import FastAPI

from api.web.server import serve_on_socket
from run.process.role import run_in
from run.roles.deciding import start_decider
from run.roles.generations import Generations, discard_before
from run.roles.query import query_app
from run.roles.read_models import EmbeddedReadModels
from tilde.catalog.follower import CatalogFollower
from tilde.data_folder import api_path, bell_path, edge_folder, keyholders_path, store_dsn
from tilde.eventlog.bell import Bell
from tilde.eventlog.sqlite import SqliteLog
from tilde.keys.opener import FolderOpener
from tilde.runtime.clock import SystemClock
from tilde.schemas.topics import CATALOG
from tilde.settings import Settings, open_keyring
from tilde.store.clickhouse import open_store
from tilde.store.connect import import_engine
from tilde.store.migrate import point_views


def embedded_pipeline(settings: Settings) -> None:
    """Runs until SIGTERM, or until one of its parts fails."""
    import_engine()  # before any task or thread is there
    run_in(settings.data, _run_pipeline(settings), is_supervised=True)


async def _run_pipeline(settings: Settings) -> None:
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        bell = Bell(bell_path(settings.data), serves=True)
        await bell.open()
        stack.push_async_callback(bell.close)
        app = await open_pipeline(settings, bell, stack, tasks)
        await serve_on_socket(app, api_path(settings.data))


async def open_pipeline(settings: Settings, bell: Bell, stack: AsyncExitStack, tasks: asyncio.TaskGroup) -> FastAPI:
    """Starts everything in `tasks`, to be closed by `stack` after they ended; returns the query API's application."""
    data, clock = settings.data, SystemClock()
    start_decider(data, bell, stack, tasks)
    followed = SqliteLog(data, bell=bell, hears=[CATALOG.name])
    stack.push_async_callback(followed.close)
    follower = CatalogFollower(followed)
    await follower.read_to_end()
    store = await open_store(store_dsn(data))
    stack.push_async_callback(store.close)
    generation = follower.catalog.generation
    open_read_model = EmbeddedReadModels(data, store, bell, clock, follower, settings.poison_run_max).open
    live = await open_read_model(generation)
    generations = Generations(data, store, live, lambda: follower.catalog.generation, open_read_model)
    stack.push_async_callback(generations.close)
    await point_views(store, generation)
    await discard_before(data, store, generation)
    tasks.create_task(follower.run())
    tasks.create_task(generations.watch())
    log = SqliteLog(data, generation)
    stack.push_async_callback(log.close)
    opener = FolderOpener(keyholders_path(edge_folder(data)), open_keyring(settings))
    stack.callback(opener.close)
    return query_app(settings, stack, store, follower, log, generations, generations, opener=opener)
