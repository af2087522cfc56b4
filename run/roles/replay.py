"""`tilde replay` on Kafka: the next generation's topics and tables, and workers of its own beside the live ones.

The next generation has topics, changelogs, a consumer group and tables of its own. The live workers end when the read
pointer moves, and whoever supervises them starts them again for the new generation, where they go on.
"""

import asyncio
from contextlib import AbstractContextManager

from run.process.supervisor import TILDE, Child, kept_running
from run.roles.migrate import migrate
from streams.drivers.kafka.names import changelogs
from streams.topology import processors
from tilde.catalog.follower import read_catalog
from tilde.eventlog.kafka import KafkaLog
from tilde.eventlog.kafka_topics import delete_topics
from tilde.runtime.clock import SystemClock
from tilde.settings import Settings

STOP_S = 15.0  # a streams worker has batches to finish, and a consumer group to leave


def begin_next(settings: Settings) -> int:
    """Makes the topics and tables of the next generation, empty: a replay that was cut off, or another release, may
    have begun it. Returns the number of the live one.
    """
    live = asyncio.run(read_catalog(KafkaLog(settings.brokers))).generation
    forget(settings, live + 1)
    migrate(settings, live + 1)
    return live


def forget(settings: Settings, generation: int) -> None:
    """Deletes the topics of a generation that nobody reads."""
    asyncio.run(delete_topics(settings.brokers, generation, changelogs(generation, processors())))


def workers(settings: Settings, generation: int) -> AbstractContextManager[None]:
    """`tilde streams` of the generation, and its `tilde sinks` where the store is a server, while the block runs.
    However this process ends, they end with it.
    """
    told = {"TILDE_LOG": settings.log, "TILDE_STORE": settings.store}
    children = []
    for role in ["streams"] if settings.store == "chdb" else ["streams", "sinks"]:
        data = settings.data / f"replay-{role}"
        command = [*TILDE, role, "--data", str(data), "--generation", str(generation)]
        children.append(Child(role, command, environment=told))
    return kept_running(children, SystemClock(), STOP_S)
