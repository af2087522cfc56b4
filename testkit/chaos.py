"""Kills, stops and pauses at random, from a seed: processes that are started again when they end, and their broker."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from testkit.kafka_broker import KafkaBroker

RESTART_S = 0.3
STANDSTILLS_S = (1.0, 8.0)
PAUSES_S = (0.3, 3.0)
KINDS = ["kill", "term", "stop", "pause"]


class Restarted:
    """A process that is started again whenever it ends, as a supervisor would."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._command = command
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._task = asyncio.create_task(self._keep_running())
        self.starts = 0

    async def _keep_running(self) -> None:
        while True:
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(*self._command, stdout=log, stderr=log)
            self.starts += 1
            await self._process.wait()
            await asyncio.sleep(RESTART_S)

    def send(self, number: signal.Signals) -> bool:
        """Sends a signal, if the process runs; says whether it did."""
        process = self._process
        if process is None or process.returncode is not None:
            return False
        process.send_signal(number)
        return True

    async def end(self) -> None:
        """Kills it for good."""
        self._task.cancel()
        self.send(signal.SIGKILL)
        if self._process is not None:
            await self._process.wait()


class Chaos:
    """Does harm, one fault after the other, the same for the same seed; `done` counts it by kind."""

    def __init__(self, seed: int, victims: Sequence[Restarted], broker: KafkaBroker) -> None:
        self._random = random.Random(seed)  # noqa: S311 - it has to be repeatable
        self._victims = victims
        self._broker = broker
        self._revivals: list[asyncio.Task[None]] = []
        self.done: Counter[str] = Counter()

    async def run(self, faults: int, between_s: tuple[float, float] = (1.5, 5.0)) -> None:
        """Does that many, and returns when everything that it stopped goes on again."""
        kinds: list[str] = []
        while self.done.total() < faults:
            await asyncio.sleep(self._random.uniform(*between_s))
            if not kinds:
                kinds = self._random.sample(KINDS, len(KINDS))
            kind = kinds.pop()
            self.done[kind] += await getattr(self, f"_{kind}")(self._random.choice(self._victims))
        await asyncio.gather(*self._revivals)

    async def _kill(self, victim: Restarted) -> bool:
        return victim.send(signal.SIGKILL)

    async def _term(self, victim: Restarted) -> bool:
        return victim.send(signal.SIGTERM)

    async def _stop(self, victim: Restarted) -> bool:
        """It stands still for a while; other faults happen meanwhile, and it wakes up as a zombie."""

        async def revive(after_s: float) -> None:
            await asyncio.sleep(after_s)
            victim.send(signal.SIGCONT)

        is_stopped = victim.send(signal.SIGSTOP)
        self._revivals.append(asyncio.create_task(revive(self._random.uniform(*STANDSTILLS_S))))
        return is_stopped

    async def _pause(self, _: Restarted) -> bool:
        self._broker.pause()
        await asyncio.sleep(self._random.uniform(*PAUSES_S))
        self._broker.resume()
        return True
