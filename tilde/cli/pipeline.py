"""The pipeline process of `tilde up`: decider, processors, sinks and query API over one data folder, in one event loop.

commands -------> decider ----> catalog            folding and inserting run in threads,
stats, catalog -> processors -> outputs -> sinks   so that queries are answered meanwhile
"""

import asyncio
import contextlib
from contextlib import AsyncExitStack
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from api import operations
from streams.decider import Decider
from tilde.cli.generations import Generations, open_read_model
from tilde.clock import SystemClock
from tilde.domain.facts import Entry, GenerationActivated
from tilde.eventlog.bell import Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import API_SOCKET, BELL_SOCKET, SqliteLog, SqliteWriter, catalog_path
from tilde.follower import CatalogFollower
from tilde.settings import Settings, open_operator_token
from tilde.store.clickhouse import open_store
from tilde.store.migrate import point_views


async def run_pipeline(settings: Settings) -> None:
    """Runs until cancelled, or until one of its parts fails."""
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        bell = Bell(Path(BELL_SOCKET), serves=True)
        await bell.open()
        stack.push_async_callback(bell.close)
        await serve(await open_pipeline(settings, bell, stack, tasks))


async def open_pipeline(settings: Settings, bell: Bell, stack: AsyncExitStack, tasks: asyncio.TaskGroup) -> FastAPI:
    """Starts everything in `tasks`, to be closed by `stack`; returns the query API's application."""
    data, clock = Path(), SystemClock()
    catalog = LogFile(catalog_path(data), writes=True)
    tasks.create_task(Decider(SqliteLog(data, bell=bell), SqliteWriter(catalog, bell), clock).run())
    activated: asyncio.Queue[int] = asyncio.Queue()

    def on_entry(entry: Entry) -> None:
        for fact in entry.facts:
            if isinstance(fact, GenerationActivated):
                activated.put_nowait(fact.generation)

    follower = CatalogFollower(SqliteLog(data, bell=bell), on_entry)
    await follower.read_to_end()
    store = await open_store(f"chdb://{data.absolute() / 'store'}")
    stack.push_async_callback(store.close)
    live = await open_read_model(follower.catalog.generation, store, bell, clock)
    generations = Generations(store, bell, clock, live)
    stack.push_async_callback(generations.close)
    await point_views(store, live.generation)
    tasks.create_task(follower.run())
    tasks.create_task(generations.watch())
    tasks.create_task(_activate(generations, activated))
    app = FastAPI()
    app.include_router(operations.router(store, generations, open_operator_token(settings), generations))
    return app


async def serve(app: FastAPI) -> None:
    """Answers on the socket of the data folder."""
    Path(API_SOCKET).unlink(missing_ok=True)
    config = uvicorn.Config(
        app, uds=API_SOCKET, loop="uvloop", http="httptools", access_log=False, log_level="warning", lifespan="off"
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign] # this process has its own
    await server.serve()


async def _activate(generations: Generations, activated: "asyncio.Queue[int]") -> None:
    while True:
        await generations.activate(await activated.get())
