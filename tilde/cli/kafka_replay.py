"""`tilde replay` on Kafka: workers of the next generation beside the live ones, until the reads have moved to it.

The next generation has topics, changelogs, a consumer group and tables of its own. The live workers end when the read
pointer moves, and whoever supervises them starts them again for the new generation, where they go on.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from streams.topology import changelogs
from tilde.cli.operators import Operator
from tilde.cli.replaying import replay
from tilde.eventlog.kafka_topics import delete_topics
from tilde.processes.following import active_generation
from tilde.processes.migrating import migrate
from tilde.settings import Settings

STOP_S = 15
TILDE = [sys.executable, "-m", "tilde.cli.main"]


def replay_on_kafka(settings: Settings, operator: Operator) -> None:
    """Builds the next generation with workers of its own, moves the reads to it, and deletes the old one's topics."""
    old = asyncio.run(active_generation(settings))
    asyncio.run(_forget(settings, old + 1))  # a replay that was cut off: another release may have begun it
    migrate(settings, old + 1)
    replay(operator, partial(_workers, settings))
    asyncio.run(_forget(settings, old))


async def _forget(settings: Settings, generation: int) -> None:
    await delete_topics(settings.brokers, generation, changelogs(generation))


@contextmanager
def _workers(settings: Settings, generation: int) -> Iterator[None]:
    """`tilde streams` of the generation, and its `tilde sinks` where the store is a server, while the block runs."""
    roles = ["streams"] if settings.store == "chdb" else ["streams", "sinks"]
    workers = []
    for role in roles:
        data = settings.data / f"replay-{role}"
        command = [*TILDE, role, "--data", str(data), "--generation", str(generation)]
        workers.append(subprocess.Popen(command))  # noqa: S603 - our own command
    try:
        yield
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            try:
                worker.wait(STOP_S)
            except subprocess.TimeoutExpired:
                worker.kill()
