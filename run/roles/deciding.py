"""Starts the decider of a data folder, in the process that owns its catalog."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from streams.decider import Decider
from tilde.data_folder import catalog_path
from tilde.eventlog.bell import Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import SqliteLog, SqliteWriter
from tilde.runtime.clock import SystemClock
from tilde.schemas.topics import COMMANDS


def start_decider(data: Path, bell: Bell, stack: AsyncExitStack, tasks: asyncio.TaskGroup) -> None:
    """Runs it among `tasks`; `stack` closes what it reads and writes. `tasks` must end before."""
    log = SqliteLog(data, bell=bell, hears=[COMMANDS.name])
    stack.push_async_callback(log.close)
    writer = SqliteWriter(LogFile(catalog_path(data), writes=True), bell)
    stack.push_async_callback(writer.close)
    tasks.create_task(Decider(log, writer, SystemClock()).run())
