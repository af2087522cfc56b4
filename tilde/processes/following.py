"""The catalog as a role on Kafka follows it, and the moment another generation takes over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tilde.errors import TildeError
from tilde.eventlog import LogError, LogReader
from tilde.eventlog.kafka import KafkaLog
from tilde.eventlog.watched import WatchedLog
from tilde.follower import CatalogFollower
from tilde.settings import Settings
from tilde.tasks import cancel
from tilde.telling import Outage

LOOK_S = 1.0
RETRY_S = 0.5


class ReplacedError(TildeError):
    """Another generation is read now; started again, this role works for that one."""


@asynccontextmanager
async def followed_catalog(
    settings: Settings, outage: Outage | None = None
) -> AsyncIterator[tuple[CatalogFollower, asyncio.Task[None]]]:
    """A follower that has read to the catalog's end, and the task that goes on.

    With an `outage` the broker is waited for, and that is told; without one raises LogError.
    """
    log: LogReader = KafkaLog(settings.brokers)
    follower = CatalogFollower(WatchedLog(log, outage) if outage else log)
    try:
        await _read_to_end(follower, waits=outage is not None)
        task = asyncio.create_task(follower.run())
        try:
            yield follower, task
        finally:
            await cancel(task)
    finally:
        await log.close()


async def _read_to_end(follower: CatalogFollower, *, waits: bool) -> None:
    while True:
        try:
            return await follower.read_to_end()
        except LogError:
            if not waits:
                raise
            await asyncio.sleep(RETRY_S)


async def active_generation(settings: Settings) -> int:
    """The generation that is read now, by the catalog. Raises LogError."""
    async with followed_catalog(settings) as (follower, _):
        return follower.catalog.generation


def until_replaced(follower: CatalogFollower, generation: int) -> asyncio.Task[None]:
    """A task that ends with ReplacedError when the read pointer moves on."""

    async def look() -> None:
        while follower.catalog.generation <= generation:
            await asyncio.sleep(LOOK_S)
        raise ReplacedError(f"generation {follower.catalog.generation} has taken over from {generation}")

    return asyncio.create_task(look())
