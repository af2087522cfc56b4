"""`tilde migrate`: the topics and tables of a generation, where they are missing."""

import asyncio

from streams.topology import changelogs
from tilde.eventlog.kafka_topics import create_topics
from tilde.processes.role import needs_kafka
from tilde.settings import Settings
from tilde.store.clickhouse import open_store
from tilde.store.migrate import migrate as create_tables


def migrate(settings: Settings, generation: int) -> None:
    """Creates what is missing and prints what that was; idempotent."""
    needs_kafka(settings)
    asyncio.run(_migrate(settings, generation))


async def _migrate(settings: Settings, generation: int) -> None:
    made = await create_topics(
        settings.brokers, generation, changelogs(generation), retention_hours=settings.output_retention_hours
    )
    print(f"topics: {', '.join(made) if made else 'all there'}")
    if settings.store == "chdb":
        return  # its own process creates the tables: nobody else may open it
    opened = await open_store(settings.store)
    try:
        done = await create_tables(opened, generation)
    finally:
        await opened.close()
    print(f"tables: {', '.join(each.name for each in done) if done else 'all there'}")
