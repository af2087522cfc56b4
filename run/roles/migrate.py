"""`tilde migrate`: the topics and tables of a generation, where they are missing."""

import asyncio

from run.process.printing import print_lines
from run.process.role import needs_kafka
from streams.drivers.kafka.names import changelogs
from streams.topology import processors
from tilde.catalog.follower import read_catalog
from tilde.eventlog.kafka import KafkaLog
from tilde.eventlog.kafka_topics import create_topics, has_topic
from tilde.schemas.topics import CATALOG
from tilde.settings import Settings
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate as create_tables


def migrate(settings: Settings, generation: int | None) -> None:
    """Creates what is missing, of the generation that is read where none is given, and prints what that was;
    idempotent.
    """
    needs_kafka(settings)
    asyncio.run(_migrate(settings, generation))


async def _live_generation(settings: Settings) -> int:
    """The one that is read; the first one before there is a catalog."""
    if not await has_topic(settings.brokers, CATALOG):
        return 1
    return (await read_catalog(KafkaLog(settings.brokers))).generation


async def _migrate(settings: Settings, given: int | None) -> None:
    generation = given or await _live_generation(settings)
    made = await create_topics(
        settings.brokers,
        generation,
        changelogs(generation, processors()),
        retention_hours=settings.output_retention_hours,
    )
    print_lines(f"topics: {', '.join(made) if made else 'all there'}")
    if settings.store == "chdb":
        return  # its own process creates the tables: nobody else may open it
    opened = await open_store(settings.store)
    try:
        done = await create_tables(opened, generation)
    finally:
        await opened.close()
    print_lines(f"tables: {', '.join(each.name for each in done) if done else 'all there'}")
