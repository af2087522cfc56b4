"""Looks at the ends of the log: for a tail that Faust never delivered, and for a position beyond the end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from streams.drivers.kafka.holding import HeldPartition, Holding
from tilde.errors import TildeError
from tilde.eventlog import LogReader
from tilde.runtime.clock import Clock

LOST_TAIL_S = 6.0
TAIL_REPAIRS_MAX = 3
LOOK_S = 1.0

log = logging.getLogger("tilde.streams")

Repair = Callable[[Holding, HeldPartition, int], Awaitable[None]]
"""Folds what the log has below an offset, or sees to it that this is done."""


class SourceLog(LogReader, Protocol):
    """The log that is read back from."""

    async def end_offsets(self, partitions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """The ends of several partitions at once. Raises LogError."""
        ...


class Watchdog:
    """Compares what is held with the ends of the log, every second."""

    def __init__(
        self,
        holding: Callable[[], Holding],
        open_log: Callable[[], SourceLog],
        repair: Repair,
        clock: Clock,
    ) -> None:
        self._holding = holding
        self._open_log = open_log
        self._repair = repair
        self._clock = clock

    async def run(self) -> None:
        """Looks until cancelled, and has lost tails read back. Ends with what `look` raises."""
        source = self._open_log()
        try:
            while True:
                await self.look(source)
                await asyncio.sleep(LOOK_S)
        finally:
            await source.close()

    async def look(self, source: SourceLog) -> None:
        """One look at the ends. Raises TildeError for a position beyond one, and where Faust is stuck; LogError."""
        holding = self._holding()
        partitions = list(holding.partitions.values())
        ends = await source.end_offsets(list(holding.by_source))
        if holding.is_over:
            return
        behind = {held: ends[held.source] - held.next_offset for held in partitions}
        for held, missing in behind.items():
            if missing < 0 and not holding.is_over:
                await _stop_beyond_the_end(source, held)
            if self._has_lost_its_tail(held, missing):
                await self._repair_tail(holding, held, held.next_offset + missing)

    def _has_lost_its_tail(self, held: HeldPartition, missing: int) -> bool:
        now_s = self._clock.monotonic_s()
        if missing <= 0 or held.is_behind:
            held.behind_since_s = None
        elif held.behind_since_s is None:
            held.behind_since_s = now_s
        return held.behind_since_s is not None and now_s - held.behind_since_s > LOST_TAIL_S

    async def _repair_tail(self, holding: Holding, held: HeldPartition, end: int) -> None:
        if held.repairs >= TAIL_REPAIRS_MAX:
            raise TildeError(
                f"Faust brings nothing of {held.source.topic}/{held.source.partition} any more; starting again"
            )
        log.warning("%s/%s: %s to %s were never delivered", *held.id, held.next_offset, end - 1)
        held.repairs += 1
        held.behind_since_s = None
        await self._repair(holding, held, end)


async def _stop_beyond_the_end(source: SourceLog, held: HeldPartition) -> None:
    end = await source.end_offset(*held.source)  # something may have been folded since the last look
    if end < held.next_offset:
        raise TildeError(
            f"{held.source.topic}/{held.source.partition} ends at {end}, but processor {held.id.processor} is at"
            f" {held.next_offset}: this log is not the one it has read. Was it restored from a backup?"
        )
