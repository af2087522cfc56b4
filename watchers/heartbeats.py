"""How the watchers are, for health checks and Prometheus: their process has no port."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tilde.eventlog import LogError
from tilde.runtime.clock import Clock
from tilde.runtime.heartbeat import BEAT_S, write_heartbeat
from watchers.delivery import LetterDelivery
from watchers.outbox import Outbox


class Heartbeats:
    """Beats for the watchers of this process, with how many letters went out, wait and are dead."""

    def __init__(self, path: Path, outbox: Outbox, letters: Sequence[LetterDelivery], clock: Clock) -> None:
        self._path = path
        self._outbox = outbox
        self._letters = letters
        self._clock = clock

    async def run(self) -> None:
        """Beats until cancelled."""
        while True:
            self.beat()
            await asyncio.sleep(BEAT_S)

    def beat(self) -> None:
        """Writes one heartbeat."""
        try:
            waiting, dead = sum(self._outbox.waiting().values()), self._outbox.dead_count()
        except LogError as error:
            write_heartbeat(self._path, self._clock.now_ms(), str(error))
            return
        figures = {
            "letters": sum(each.delivered for each in self._letters),
            "letters_waiting": waiting,
            "letters_dead": dead,
        }
        write_heartbeat(self._path, self._clock.now_ms(), self._trouble(), figures)

    def _trouble(self) -> str | None:
        troubles = [f"letters wait: {each.trouble}" for each in self._letters if each.trouble is not None]
        return "; ".join(troubles) or None
