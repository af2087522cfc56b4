"""Keeps some processes running: starts them, starts them again when they die, stops them in reverse order."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from run.process import lifeline
from run.process.hangup import held_back
from tilde.runtime.clock import Clock
from tilde.runtime.tasks import cancel
from tilde.runtime.telling import announce

TILDE = (sys.executable, "-P", "-m", "run.cli.main")  # -P: a folder `api` of who starts us is not ours
RESTART_S_MIN = 0.1
RESTART_S_MAX = 5.0
WELL_AFTER_S = 30.0  # a process that ran this long starts again at once
STOP_S = 8.0  # to end by itself after SIGTERM; then it is killed, which loses nothing


@dataclass(slots=True)
class Child:
    """One process: its name, its command, the descriptors it inherits, and what stands in its environment besides."""

    name: str
    command: Sequence[str]
    fds: Sequence[int] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = field(default=None, init=False)


class Supervisor:
    """Runs children until `stop`. They hold the read end of a pipe of ours, so they end when this process is killed."""

    def __init__(self, children: Sequence[Child], clock: Clock, stop_s: float = STOP_S) -> None:
        self._children = children
        self._clock = clock
        self._stop_s = stop_s
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._alive, self._holds_alive = os.pipe()

    def start(self) -> None:
        """Starts all, in order."""
        for child in self._children:
            self._tasks[child.name] = asyncio.create_task(self._keep_running(child))

    async def _keep_running(self, child: Child) -> None:
        pause_s = RESTART_S_MIN
        while True:
            began = self._clock.monotonic_s()
            ending = await self._run(child)
            if self._clock.monotonic_s() - began > WELL_AFTER_S:
                pause_s = RESTART_S_MIN
            announce(f"the {child.name} process ended ({ending}); starting it again")
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, RESTART_S_MAX)

    async def _run(self, child: Child) -> str:
        try:
            with held_back():
                child.process = await asyncio.create_subprocess_exec(
                    *child.command,
                    env=os.environ | child.environment | {lifeline.VARIABLE: str(self._alive)},
                    pass_fds=(*child.fds, self._alive),
                )
        except OSError as cause:  # the machine is out of memory or processes; that passes
            return f"it could not be started: {cause.strerror}"
        return _ending(await child.process.wait())

    def pass_on(self, number: signal.Signals, name: str) -> None:
        """Sends a signal to a child, where it runs."""
        for child in self._children:
            if child.name == name and child.process is not None and child.process.returncode is None:
                child.process.send_signal(number)

    async def stop(self) -> None:
        """Stops all, the last started first: SIGTERM, then SIGKILL. To be called once."""
        for child in reversed(self._children):
            await cancel(self._tasks[child.name])
            process = child.process
            if process is None or process.returncode is not None:
                continue
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), self._stop_s)
            except TimeoutError:
                process.kill()
                await process.wait()
        os.close(self._holds_alive)
        os.close(self._alive)


@contextmanager
def kept_running(children: Sequence[Child], clock: Clock, stop_s: float = STOP_S) -> Iterator[None]:
    """Children run while the block does, for a command that has no event loop: theirs is in a thread of its own."""
    supervisor = Supervisor(children, clock, stop_s)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True, name="supervisor")
    thread.start()
    try:
        loop.call_soon_threadsafe(supervisor.start)
        yield
    finally:
        asyncio.run_coroutine_threadsafe(supervisor.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
