"""The watchers' process: a part of `tilde up`, or `tilde watchers` on Kafka.

It is a process of its own, so that nobody else waits for a report, or starts again for a bug in one.
"""

import os
from contextlib import AsyncExitStack

from run.process.folder_lock import LEAVING_S, DataFolder
from run.process.following import followed, followed_catalog
from run.process.query_client import open_query_client
from run.process.role import kafka_outage, needs_kafka, run_in
from tilde.data_folder import bell_path, commands_path
from tilde.eventlog.bell import Bell
from tilde.eventlog.handover import Handing
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import beside
from tilde.runtime.telling import tell
from tilde.schemas.topics import CATALOG
from tilde.settings import Settings
from watchers import topology
from watchers.logged_commands import LoggedCommands
from watchers.wiring import parts_over, run_watchers


def embedded_watchers(settings: Settings) -> None:
    """Runs in the folder that `tilde up` holds, until SIGTERM; the edge takes the commands."""
    run_in(settings.data, watch_embedded(settings), is_supervised=True)


def watchers(settings: Settings) -> None:
    """Runs over Kafka; holds the data folder, with what the watchers know in it."""
    needs_kafka(settings)
    lock = DataFolder(settings.data).take(LEAVING_S)
    tell("watchers", f"look at topics on Kafka at {settings.brokers}, data in {settings.data}")
    run_in(settings.data, watch_on_kafka(settings))
    os.close(lock)


async def watch_embedded(settings: Settings) -> None:
    """The watchers over the log of a data folder."""
    data = settings.data
    async with AsyncExitStack() as stack:
        bell = Bell(bell_path(data), serves=False)
        await bell.open()
        stack.push_async_callback(bell.close)
        following_log = SqliteLog(data, bell=bell, hears=[CATALOG.name])
        follower, following = await stack.enter_async_context(followed(following_log))
        api = await stack.enter_async_context(open_query_client(settings))
        parts = parts_over(settings, follower, api)
        ours = topology.watchers(parts)
        log = SqliteLog(data, bell=bell, hears={topic.name for watcher in ours for topic in watcher.topics})
        stack.push_async_callback(log.close)
        commands = Handing(commands_path(data))
        await beside([following], run_watchers(parts, log, commands, ours, SystemClock()))


async def watch_on_kafka(settings: Settings) -> None:
    """The watchers over Kafka."""
    from tilde.eventlog.kafka import KafkaLog, KafkaWriter  # noqa: PLC0415 - `tilde up` has none

    async with AsyncExitStack() as stack:
        outage = kafka_outage(settings, "watchers")
        follower, following = await stack.enter_async_context(followed_catalog(settings, outage))
        api = await stack.enter_async_context(open_query_client(settings))
        parts = parts_over(settings, follower, api)
        log = KafkaLog(settings.brokers)
        stack.push_async_callback(log.close)
        writer = KafkaWriter(settings.brokers)
        stack.push_async_callback(writer.close)
        commands = LoggedCommands(writer)
        await beside([following], run_watchers(parts, log, commands, topology.watchers(parts), SystemClock()))
