"""The decider of a data folder, beside an edge under test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from streams.decider import Decider
from tilde.data_folder import catalog_path
from tilde.eventlog.bell import Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import SqliteLog, SqliteWriter
from tilde.runtime.clock import Clock
from tilde.runtime.tasks import cancel


@asynccontextmanager
async def deciding(data: Path, bell: Bell, clock: Clock) -> AsyncIterator[None]:
    """Decides what is asked while the block runs."""
    catalog = LogFile(catalog_path(data), writes=True)
    decider = asyncio.create_task(Decider(SqliteLog(data, bell=bell), SqliteWriter(catalog, bell), clock).run())
    try:
        yield
    finally:
        await cancel(decider)
        catalog.close()
