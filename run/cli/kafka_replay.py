"""`tilde replay` on Kafka: workers of the next generation beside the live ones, until the reads have moved to it.

The next generation has topics, changelogs, a consumer group and tables of its own. The live workers end when the read
pointer moves, and whoever supervises them starts them again for the new generation, where they go on.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from run.cli.operators import Operator
from run.cli.replaying import replay
from run.parts import lifeline
from run.parts.migrating import migrate
from streams.topology import changelogs
from tilde.catalog.follower import read_catalog
from tilde.eventlog.kafka import KafkaLog
from tilde.eventlog.kafka_topics import delete_topics
from tilde.runtime.telling import tell
from tilde.settings import Settings

STOP_S = 15
RESTART_S = 1.0
TILDE = [sys.executable, "-P", "-m", "run.cli.main"]


def replay_on_kafka(settings: Settings, operator: Operator) -> None:
    """Builds the next generation with workers of its own, moves the reads to it, and deletes the old one's topics."""
    old = asyncio.run(read_catalog(KafkaLog(settings.brokers))).generation
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
    alive, held = os.pipe()  # however this process ends, they end with it
    told = {"TILDE_LOG": settings.log, "TILDE_STORE": settings.store, lifeline.VARIABLE: str(alive)}
    workers = []
    try:
        for role in roles:
            data = settings.data / f"replay-{role}"
            command = [*TILDE, role, "--data", str(data), "--generation", str(generation)]
            workers.append(Worker(role, command, told, [alive]))
        yield
    finally:
        for worker in workers:
            worker.tell_to_end()
        for worker in workers:
            worker.join()
        os.close(held)
        os.close(alive)


class Worker:
    """A process that is started again whenever it ends: a streams worker ends itself where it has to begin anew."""

    def __init__(
        self, role: str, command: Sequence[str], environment: Mapping[str, str] | None = None, fds: Sequence[int] = ()
    ) -> None:
        """With more in its environment, and with descriptors that it inherits. Raises OSError where it cannot be
        started at all.
        """
        self._role = role
        self._command = command
        self._environment = os.environ | (environment or {})
        self._fds = fds
        self._ending = threading.Event()
        self._lock = threading.Lock()  # so that none is started while it is being told to end
        self._process = self._start()
        self._thread = threading.Thread(target=self._keep_running, daemon=True)
        self._thread.start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, env=self._environment, pass_fds=self._fds)  # noqa: S603 - our own command

    def _keep_running(self) -> None:
        while not self._ending.is_set():
            status = self._process.wait()
            if not self._ending.is_set():
                tell("replay", f"{self._role} ended with status {status}, and is started again")
            self._ending.wait(RESTART_S)
            with self._lock:
                if not self._ending.is_set():
                    with contextlib.suppress(OSError):  # such as no memory now: tried again, like one that ended
                        self._process = self._start()

    def tell_to_end(self) -> None:
        """Sends SIGTERM and returns at once."""
        with self._lock:
            self._ending.set()
            self._process.terminate()

    def join(self) -> None:
        """Returns when it has ended, which it may take STOP_S seconds for; then it is killed."""
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join()
