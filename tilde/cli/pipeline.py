"""The pipeline process of `tilde up`: decider, processors, sinks and query API over one data folder, in one event loop.

    commands -> decider -> catalog                      folding and inserting run in threads, so that queries
    stats, catalog -> processors -> outputs -> sinks    are answered meanwhile
"""

from pathlib import Path

from streams.decider import Decider
from streams.embedded_driver import EmbeddedDriver
from streams.topology import processors
from tilde.clock import SystemClock
from tilde.eventlog.bell import Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import SqliteLog, SqliteWriter, catalog_path, outputs_path
from tilde.settings import Settings
import asyncio

async def run_pipeline(settings: Settings) -> None:
    """Runs until cancelled."""
    data, clock = Path(), SystemClock()
    bell = Bell(Path("bell.sock"), serves=True)
    await bell.open()
    catalog = LogFile(catalog_path(data), writes=True)
    decider = Decider(SqliteLog(data, bell=bell), SqliteWriter(catalog, bell), clock)
    outputs = LogFile(outputs_path(data, 1), writes=True)
    driver = EmbeddedDriver(SqliteLog(data, bell=bell), outputs, processors(), bell.ring)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(decider.run())
        tasks.create_task(driver.run())
