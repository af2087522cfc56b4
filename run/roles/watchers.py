"""What looks at topics and the clock: a process of `tilde up`, and `tilde watchers` on Kafka.

A process of its own, since nobody else may wait for a report, or start again for a bug in one.
"""

import os
from collections.abc import Sequence
from contextlib import AsyncExitStack

from run.parts.folder_lock import LEAVING_S, DataFolder
from run.parts.role import needs_kafka, run_in
from tilde.data_folder import bell_path, commands_path
from tilde.errors import SettingsError
from tilde.eventlog.bell import Bell
from tilde.eventlog.handover import Handing
from tilde.eventlog.kafka import KafkaLog, KafkaWriter
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.clock import SystemClock
from tilde.runtime.telling import tell
from tilde.settings import Settings
from watchers import topology
from watchers.contract import Watcher
from watchers.logged_commands import LoggedCommands
from watchers.wiring import run_watchers


def embedded_watchers(settings: Settings) -> None:
    """Runs in the folder that `tilde up` holds, until SIGTERM; the edge takes the commands."""
    run_in(settings.data, watch_embedded(settings, topology.watchers()), is_supervised=True)


def watchers(settings: Settings) -> None:
    """Runs over Kafka; holds the data folder, with what the watchers know in it."""
    needs_kafka(settings)
    ours = topology.watchers()
    if not ours:
        raise SettingsError("this release has no watchers: there is nothing to run")
    lock = DataFolder(settings.data).take(LEAVING_S)
    tell("watchers", f"look at topics on Kafka at {settings.brokers}, data in {settings.data}")
    run_in(settings.data, watch_on_kafka(settings, ours))
    os.close(lock)


async def watch_embedded(settings: Settings, ours: Sequence[Watcher]) -> None:
    """The watchers over the log of a data folder."""
    data = settings.data
    async with AsyncExitStack() as stack:
        bell = Bell(bell_path(data), serves=False)
        await bell.open()
        stack.push_async_callback(bell.close)
        log = SqliteLog(data, bell=bell, hears={topic.name for watcher in ours for topic in watcher.topics})
        stack.push_async_callback(log.close)
        commands = Handing(commands_path(data))
        await run_watchers(data, log, commands, ours, SystemClock(), settings.poison_run_max)


async def watch_on_kafka(settings: Settings, ours: Sequence[Watcher]) -> None:
    """The watchers over Kafka."""
    async with AsyncExitStack() as stack:
        log = KafkaLog(settings.brokers)
        stack.push_async_callback(log.close)
        writer = KafkaWriter(settings.brokers)
        stack.push_async_callback(writer.close)
        commands = LoggedCommands(writer)
        await run_watchers(settings.data, log, commands, ours, SystemClock(), settings.poison_run_max)
