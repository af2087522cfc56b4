"""Runs the processors on Kafka, exactly: Faust delivers, our own position decides.

    delivered record -> below the position that is held: skipped
                     -> above it: a gap, read back from the log first; a wide one, as of a new processor, is left behind
                     -> folded; or, where the catalog has to be read on first, left behind

`catching_up.py` brings on who was left behind, `flush.py` makes durable what was folded, `watchdog.py` looks for what
was never delivered. A flush is due when the input drains, after 0.3 s, and when much waits.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from streams.contract import Processor
from streams.drivers.kafka.catching_up import CatchingUp
from streams.drivers.kafka.flush import Flusher, Flushes, Positions
from streams.drivers.kafka.holding import HeldPartition, Holding, ProcessorPartition, SourcePartition
from streams.drivers.kafka.pulse import Pulse
from streams.drivers.kafka.watchdog import SourceLog, Watchdog
from streams.drivers.partition_fold import EVENTS_PER_FLUSH_MAX, SharedRecord
from tilde.eventlog import Record
from tilde.runtime.clock import Clock
from tilde.runtime.unique import require_unique
from tilde.schemas.dead_letters import POISON_RUN_MAX

FLUSH_S = 0.3
QUIET_S = 0.005  # nothing delivered for so long: the input has drained
MESSAGES_PER_FLUSH_MAX = 50_000  # about 3 MB, where a fan-out is wide
# While one flush is under way so much may gather for the next: a flush costs a sync of 64 partitions on a broker that
# syncs each append, so the slower the disk is, the larger flushes become.
FLUSHES_WAITING_MAX = 4
GAP_MAX = 500  # messages that a delivery waits for: no more than Faust brings at once

log = logging.getLogger("tilde.streams")


class KafkaDriver:
    """Takes what is delivered. `assign` and `revoke` frame each assignment; `run_flusher`, `watchdog` and `catching_up`
    run beside it.

    Whatever any method raises is to end the process: it starts again from its positions.
    """

    def __init__(
        self,
        processors: Sequence[Processor],
        positions: Positions,
        flushes: Flushes,
        open_log: Callable[[], SourceLog],
        pulse: Pulse,
        clock: Clock,
        poison_run_max: int = POISON_RUN_MAX,
    ) -> None:
        require_unique("processors", (processor.name for processor in processors))
        self._processors = {processor.name: processor for processor in processors}
        self._positions = positions
        self._open_log = open_log
        self._clock = clock
        self._poison_run_max = poison_run_max
        self._holding = Holding([])
        self._delivered = asyncio.Event()
        self._deliveries = 0
        self._flusher = Flusher(self._processors, positions, flushes, pulse, clock)
        self.catching_up = CatchingUp(lambda: self._holding, self._read_back, _is_far_behind)
        self.watchdog = Watchdog(lambda: self._holding, open_log, self._repair, clock)

    def assign(self, ids: Sequence[ProcessorPartition]) -> None:
        """Begins with these, from their saved positions. To be called when the Tables are recovered."""
        self.revoke()
        self._holding = Holding([self._held(id_) for id_ in ids])

    def _held(self, id_: ProcessorPartition) -> HeldPartition:
        saved = self._positions.saved(*id_)
        return HeldPartition(self._processors[id_.processor], id_.partition, saved, self._poison_run_max)

    def revoke(self) -> None:
        """Drops what was folded and not flushed: whoever holds the partitions next begins at the saved positions."""
        self._holding.is_over = True
        self._holding = Holding([])
        for processor in self._processors.values():
            processor.forget()

    @property
    def next_offsets(self) -> Mapping[ProcessorPartition, int]:
        """The offset that is folded next, of each partition that is held."""
        return {id_: held.next_offset for id_, held in self._holding.partitions.items()}

    async def deliver(self, source: SourcePartition, record: Record) -> None:
        """Folds a record of a held source partition under each of its processors, once, and what is missing before it.
        Those of others are left to their holders.
        """
        holding = self._holding
        partitions = holding.by_source.get(source)
        if partitions is None:
            return
        shared = partitions[0].shared(record)
        for held in partitions:
            held.delivered(record.offset)
            if not held.is_behind:
                async with held.lock:
                    await self._deliver(holding, held, shared)

    async def _deliver(self, holding: Holding, held: HeldPartition, shared: SharedRecord) -> None:
        offset = shared.record.offset
        if offset > held.next_offset and not holding.is_over and not held.is_behind:
            if offset - held.next_offset > GAP_MAX:
                self.catching_up.leave_behind(held)
                return
            log.info("%s/%s: %s to %s were not delivered", *held.id, held.next_offset, offset - 1)
            await self._read_back(holding, held, offset)
        if offset == held.next_offset and not holding.is_over and not held.is_behind:
            await self._take(holding, held, shared)

    async def _take(self, holding: Holding, held: HeldPartition, shared: SharedRecord) -> None:
        """Folds it; or leaves it, and the partition behind, where it has to wait for the catalog."""
        if not held.fold.take_shared(shared):
            self.catching_up.leave_behind(held)
            return
        self._deliveries += 1
        self._delivered.set()
        waiting = max(holding.events / EVENTS_PER_FLUSH_MAX, holding.messages / MESSAGES_PER_FLUSH_MAX)
        if waiting >= FLUSHES_WAITING_MAX or (waiting >= 1 and self._flusher.under_way is None):
            await self._flusher.begin(holding)
        while held.fold.has_much_state and not holding.is_over:
            await self._flusher.begin(holding)
            await asyncio.sleep(0)  # it drains when it begins to run

    async def _read_back(self, holding: Holding, held: HeldPartition, until: int) -> None:
        """Folds what the log has below `until`, up to what has to wait. Offsets of our topics are contiguous, so none
        is missing there.
        """
        source = self._open_log()
        try:
            while held.next_offset < until:
                for record in await source.read(*held.source, held.next_offset):
                    if holding.is_over:
                        return
                    await self._take(holding, held, held.shared(record))
                    if held.fold.waits_for is not None:
                        return
                    await asyncio.sleep(0)
        finally:
            await source.close()

    async def _repair(self, holding: Holding, held: HeldPartition, end: int) -> None:
        """Reads a lost tail back; a long one is left behind, since the watchdog has others to look at."""
        if end - held.next_offset > GAP_MAX:
            held.delivered_offset = max(held.delivered_offset, end)
            self.catching_up.leave_behind(held)
            return
        async with held.lock:
            await self._read_back(holding, held, end)

    async def run_flusher(self) -> None:
        """Flushes soon after each delivery, until cancelled."""
        while True:
            await self._delivered.wait()
            self._delivered.clear()
            await self._until_quiet()
            await self.flush()

    async def _until_quiet(self) -> None:
        deadline = self._clock.monotonic_s() + FLUSH_S
        deliveries = -1
        while deliveries != self._deliveries and self._clock.monotonic_s() < deadline:
            deliveries = self._deliveries
            await asyncio.sleep(QUIET_S)

    async def flush(self) -> None:
        """Returns when everything folded before the call is durable, or its holding is over."""
        flushing = await self._flusher.begin(self._holding)
        await asyncio.shield(flushing)


def _is_far_behind(held: HeldPartition) -> bool:
    return held.delivered_offset - held.next_offset > GAP_MAX
