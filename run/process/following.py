"""Follows the catalog for a role on Kafka, and ends the role's work when another generation takes over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tilde.catalog.follower import CatalogFollower
from tilde.errors import TildeError
from tilde.eventlog import LogError, LogReader
from tilde.eventlog.watched import WatchedLog
from tilde.runtime.retrying import Retrying
from tilde.runtime.tasks import cancel
from tilde.runtime.telling import Outage
from tilde.settings import Settings

LOOK_S = 1.0
RETRY_S = 0.5


class ReplacedError(TildeError):
    """Another generation is read now; started again, this role works for that one."""


@asynccontextmanager
async def followed_catalog(
    settings: Settings, outage: Outage
) -> AsyncIterator[tuple[CatalogFollower, asyncio.Task[None]]]:
    """A follower that has read to the catalog's end, and the task that goes on. The broker is waited for."""
    from tilde.eventlog.kafka import KafkaLog  # noqa: PLC0415 - `tilde up` has none

    async with followed(WatchedLog(KafkaLog(settings.brokers), outage)) as follower_and_task:
        yield follower_and_task


@asynccontextmanager
async def followed(log: LogReader) -> AsyncIterator[tuple[CatalogFollower, asyncio.Task[None]]]:
    """A follower of the catalog over a log, which is waited for, and closed at the end."""
    follower = CatalogFollower(log)
    try:
        await Retrying(LogError, RETRY_S).run(follower.read_to_end)
        task = asyncio.create_task(follower.run())
        try:
            yield follower, task
        finally:
            await cancel(task)
    finally:
        await log.close()


def until_replaced(follower: CatalogFollower, generation: int) -> asyncio.Task[None]:
    """A task that ends with ReplacedError when the read pointer moves on."""

    async def look() -> None:
        while follower.catalog.generation <= generation:
            await asyncio.sleep(LOOK_S)
        raise ReplacedError(f"generation {follower.catalog.generation} has taken over from {generation}")

    return asyncio.create_task(look())
