"""Runs the processors on Kafka, exactly: Faust delivers, our own position decides.

    delivered record -> below its lane's position: skipped
                     -> above it: a gap, read back from the log first; a wide one, as of a new processor, is left behind
                     -> folded; or, where the catalog has to be read on first, left behind
    left behind: deliveries pass the lane by, and a task of its own reads back what it misses
    flush: 1. drain the lanes  2. outputs, acknowledged  3. how far they are, in topic `progress`, acknowledged
           4. state and positions, acknowledged  5. the Table

A flush is due when the input drains, after 0.3 s, and when much waits. One is under way at most; folding goes on
meanwhile. After each await the holding may be over, and the process may have stood still: then nothing more is
written.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from typing import Protocol

from streams.contract import Processor
from streams.drivers.catalog_wait import CatalogWait
from streams.drivers.lane import Holding, Lane, LaneKey, Source
from streams.drivers.outbox import Drained, OutputPartition, Saved
from streams.drivers.partition_fold import EVENTS_PER_FLUSH_MAX, Reading
from streams.drivers.pulse import Pulse
from tilde.errors import TildeError
from tilde.eventlog import LogReader, Record
from tilde.runtime.clock import Clock
from tilde.runtime.unique import require_unique
from tilde.schemas.dead_letters import POISON_RUN_MAX
from tilde.schemas.progress import Milestone

FLUSH_S = 0.3
QUIET_S = 0.005  # nothing delivered for so long: the input has drained
MESSAGES_PER_FLUSH_MAX = 50_000  # about 3 MB, where a fan-out is wide
# While one flush is under way so much may gather for the next: a flush costs a sync of 64 partitions on a broker that
# syncs each append, so the slower the disk is, the larger flushes become.
FLUSHES_WAITING_MAX = 4
GAP_MAX = 500  # messages that a delivery waits for: no more than Faust brings at once
FAR_BEHIND_AT_ONCE = 4  # lanes that read much back: more would leave too little of the process to the others
LOST_TAIL_S = 6.0
TAIL_REPAIRS_MAX = 3
LOOK_S = 1.0  # how often the ends of the log are looked at

log = logging.getLogger("tilde.streams")


class Positions(Protocol):
    """Where positions and state are read after an assignment, and kept once they are durable."""

    def saved(self, processor: str, partition: int) -> Saved:
        """Both as of the last flush; the beginning where there was none. The state may be ahead (`State`)."""
        ...

    def keep(self, drained: Drained) -> None:
        """Remembers a position and the changes of state whose records are durable."""
        ...


class Flushes(Protocol):
    """Where a flush is written. What a method returned for is durable."""

    async def send_outputs(self, drained: Sequence[Drained]) -> Mapping[OutputPartition, int]:
        """Sends the outputs; returns the offset behind the last one of each partition. Raises LogError."""
        ...

    async def ends(self, partitions: Collection[OutputPartition]) -> Mapping[OutputPartition, int]:
        """Where output partitions end now. Raises LogError."""
        ...

    async def send_progress(self, milestones: Sequence[Milestone]) -> None:
        """Sends what holds of the outputs. Raises LogError."""
        ...

    async def send_positions(self, drained: Sequence[Drained]) -> None:
        """Sends the positions that cover them, and what of the state was changed. Raises LogError."""
        ...


class SourceLog(LogReader, Protocol):
    """The log that is read back from."""

    async def end_offsets(self, partitions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """The ends of several partitions at once. Raises LogError."""
        ...


class KafkaDriver:
    """Takes what is delivered. `assign` and `revoke` frame each assignment; `flusher`, `watchdog` and `waiter` run
    beside it.

    Whatever any method raises is to end the process: it starts again from its positions.
    """

    def __init__(
        self,
        processors: Sequence[Processor],
        positions: Positions,
        outbox: Flushes,
        open_log: Callable[[], SourceLog],
        pulse: Pulse,
        clock: Clock,
        poison_run_max: int = POISON_RUN_MAX,
    ) -> None:
        require_unique("processors", (processor.name for processor in processors))
        self._processors = {processor.name: processor for processor in processors}
        self._positions = positions
        self._outbox = outbox
        self._open_log = open_log
        self._pulse = pulse
        self._clock = clock
        self._poison_run_max = poison_run_max
        self._holding = Holding([])
        self._delivered = asyncio.Event()
        self._deliveries = 0
        self._flushing: asyncio.Task[None] | None = None
        self._catalog_wait = CatalogWait("streams")
        self._left_behind = asyncio.Event()
        self._coming_up: dict[Lane, asyncio.Task[None]] = {}
        self._far_behind = asyncio.Semaphore(FAR_BEHIND_AT_ONCE)

    def assign(self, keys: Sequence[LaneKey]) -> None:
        """Begins with these lanes, from their saved positions. To be called when the Tables are recovered."""
        self.revoke()
        self._holding = Holding([self._lane(key) for key in keys])

    def _lane(self, key: LaneKey) -> Lane:
        saved = self._positions.saved(*key)
        return Lane(self._processors[key.processor], key.partition, saved, self._poison_run_max)

    def revoke(self) -> None:
        """Drops what was folded and not flushed: whoever holds the partitions next begins at the saved positions."""
        self._holding.is_over = True
        self._holding = Holding([])
        for processor in self._processors.values():
            processor.forget()

    @property
    def next_offsets(self) -> Mapping[LaneKey, int]:
        """The offset each lane will fold next."""
        return {key: lane.next_offset for key, lane in self._holding.lanes.items()}

    async def deliver(self, source: Source, record: Record) -> None:
        """Folds a record of a held source partition under each of its processors, once, and what is missing before it.
        Those of others are left to their holders.
        """
        holding = self._holding
        lanes = holding.by_source.get(source)
        if lanes is None:
            return
        reading = lanes[0].reading(record)
        for lane in lanes:
            lane.delivered(record.offset)
            if not lane.is_behind:
                async with lane.lock:
                    await self._deliver(holding, lane, reading)

    async def _deliver(self, holding: Holding, lane: Lane, reading: Reading) -> None:
        offset = reading.record.offset
        if offset > lane.next_offset and not holding.is_over and not lane.is_behind:
            if offset - lane.next_offset > GAP_MAX:
                self._leave_behind(lane)
                return
            log.info("%s/%s: %s to %s were not delivered", *lane.key, lane.next_offset, offset - 1)
            await self._read_back(holding, lane, offset)
        if offset == lane.next_offset and not holding.is_over and not lane.is_behind:
            await self._take(holding, lane, reading)

    async def _take(self, holding: Holding, lane: Lane, reading: Reading) -> None:
        """Folds it; or leaves it, and the lane behind, where it has to wait for the catalog."""
        if not lane.fold.take_reading(reading):
            self._leave_behind(lane)
            return
        self._deliveries += 1
        self._delivered.set()
        waiting = max(holding.events / EVENTS_PER_FLUSH_MAX, holding.messages / MESSAGES_PER_FLUSH_MAX)
        if waiting >= FLUSHES_WAITING_MAX or (waiting >= 1 and self._under_way is None):
            await self._begin_flush(holding)
        while lane.fold.has_much_state and not holding.is_over:
            await self._begin_flush(holding)
            await asyncio.sleep(0)  # it drains when it begins to run

    async def _read_back(self, holding: Holding, lane: Lane, until: int) -> None:
        """Folds what the log has below `until`, up to what has to wait. Offsets of our topics are contiguous, so none
        is missing there.
        """
        source = self._open_log()
        try:
            while lane.next_offset < until:
                for record in await source.read(*lane.source, lane.next_offset):
                    if holding.is_over:
                        return
                    await self._take(holding, lane, lane.reading(record))
                    if lane.fold.waits_for is not None:
                        return
                    await asyncio.sleep(0)
        finally:
            await source.close()

    def _leave_behind(self, lane: Lane) -> None:
        lane.is_behind = True
        self._left_behind.set()

    async def waiter(self) -> None:
        """Brings lanes on that were left behind, until cancelled."""
        try:
            while True:
                await self._left_behind.wait()
                self._left_behind.clear()
                while not await self._bring_on():
                    await asyncio.sleep(LOOK_S)
        finally:
            for task in self._coming_up.values():
                task.cancel()

    async def catch_up(self) -> bool:
        """Brings on who was left behind, now; False where one has to wait for the catalog still. All others take what
        is delivered meanwhile, as ever.
        """
        await self._bring_on()
        await asyncio.gather(*self._coming_up.values())
        return not any(lane.is_behind for lane in self._holding.lanes.values())

    async def _bring_on(self) -> bool:
        """Reads the catalog on for the lanes that were left behind, and begins to read back what they missed: each in a
        task, so that none waits for another's history. False where one has to wait for the catalog still.
        """
        holding = self._holding
        for lane, task in list(self._coming_up.items()):
            if task.done():
                del self._coming_up[lane]
                task.result()
        behind = [lane for lane in holding.lanes.values() if lane.is_behind and lane not in self._coming_up]
        if waiting := [lane.fold for lane in behind if lane.fold.is_waiting]:
            await self._catalog_wait.read_on(waiting)
        may_go_on = [lane for lane in behind if self._catalog_wait.is_over(lane.fold)]
        for lane in may_go_on:
            self._coming_up[lane] = task = asyncio.create_task(self._catch_up(holding, lane))
            task.add_done_callback(lambda _: self._left_behind.set())  # it may have to wait again, or have failed
        return len(may_go_on) == len(behind)

    async def _catch_up(self, holding: Holding, lane: Lane) -> None:
        is_far = lane.delivered_offset - lane.next_offset > GAP_MAX
        async with self._far_behind if is_far else nullcontext(), lane.lock:
            await self._come_up(holding, lane)

    async def _come_up(self, holding: Holding, lane: Lane) -> None:
        """Until all is folded that was brought, this while too, or it has to wait again."""
        while not holding.is_over and lane.next_offset < lane.delivered_offset:
            await self._read_back(holding, lane, lane.delivered_offset)
            if lane.fold.waits_for is not None:
                return
        lane.is_behind = False

    async def flusher(self) -> None:
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
        flushing = await self._begin_flush(self._holding)
        await asyncio.shield(flushing)

    @property
    def _under_way(self) -> asyncio.Task[None] | None:
        """The flush that runs; None where none does."""
        return self._flushing if self._flushing is not None and not self._flushing.done() else None

    async def _begin_flush(self, holding: Holding) -> asyncio.Task[None]:
        """Begins a flush once none is under way; returns it."""
        while (flushing := self._under_way) is not None:
            await asyncio.shield(flushing)
        if self._flushing is not None:
            self._flushing.result()
        self._flushing = asyncio.create_task(self._flush(holding))
        return self._flushing

    async def _flush(self, holding: Holding) -> None:
        if holding.is_over:
            return
        drained = holding.drain()
        if not drained:
            return
        self._pulse.check()
        holding.ends.update(await self._outbox.send_outputs(drained))
        milestones = await self._milestones(holding, drained)
        if holding.is_over:
            return
        self._pulse.check()
        await self._outbox.send_progress(milestones)
        if holding.is_over:
            return
        self._pulse.check()
        await self._outbox.send_positions(drained)
        if not holding.is_over:
            self._keep(drained)

    async def _milestones(self, holding: Holding, drained: Sequence[Drained]) -> list[Milestone]:
        """What holds now that the outputs are there. A partition that got none from this holding is asked for its end
        once: below it stands what earlier holders wrote, whose positions we began with.
        """
        sources = {Source(self._processors[each.processor].source.name, each.partition): None for each in drained}
        lanes = {source: holding.by_source[source] for source in sources}
        wanted = {(topic, partition) for (_, partition), ours in lanes.items() for topic in self._topics(ours)}
        if unknown := wanted - holding.ends.keys():
            holding.ends.update(await self._outbox.ends(unknown))
        return [self._milestone(holding, *source, ours) for source, ours in lanes.items()]

    def _milestone(self, holding: Holding, topic: str, partition: int, lanes: Sequence[Lane]) -> Milestone:
        """How far all processors of a source partition are: Faust gives them to one worker."""
        ends = {output: holding.ends[output, partition] for output in self._topics(lanes)}
        return Milestone(topic, partition, min(lane.drained_offset for lane in lanes), ends)

    def _topics(self, lanes: Sequence[Lane]) -> set[str]:
        return {topic.name for lane in lanes for topic in self._processors[lane.key.processor].outputs}

    def _keep(self, drained: Sequence[Drained]) -> None:
        for each in drained:
            self._positions.keep(each)

    async def watchdog(self) -> None:
        """Looks at the ends of the log every second, until cancelled, and reads lost tails back."""
        source = self._open_log()
        try:
            while True:
                await self.look(source)
                await asyncio.sleep(LOOK_S)
        finally:
            await source.close()

    async def look(self, source: SourceLog) -> None:
        """One look at the ends. Raises TildeError for a position beyond one, and where Faust is stuck."""
        holding = self._holding
        lanes = list(holding.lanes.values())
        ends = await source.end_offsets(list(holding.by_source))
        if holding.is_over:
            return
        behind = {lane: ends[lane.source] - lane.next_offset for lane in lanes}
        for lane, missing in behind.items():
            if missing < 0 and not holding.is_over:
                await self._stop_beyond_the_end(source, lane)
            if self._has_lost_its_tail(lane, missing):
                await self._repair_tail(holding, lane, lane.next_offset + missing)

    @staticmethod
    async def _stop_beyond_the_end(source: SourceLog, lane: Lane) -> None:
        end = await source.end_offset(*lane.source)  # something may have been folded since the last look
        if end < lane.next_offset:
            raise TildeError(
                f"{lane.source.topic}/{lane.source.partition} ends at {end}, but processor {lane.key.processor} is at"
                f" {lane.next_offset}: this log is not the one it has read. Was it restored from a backup?"
            )

    def _has_lost_its_tail(self, lane: Lane, missing: int) -> bool:
        now_s = self._clock.monotonic_s()
        if missing <= 0 or lane.is_behind:
            lane.behind_since_s = None
        elif lane.behind_since_s is None:
            lane.behind_since_s = now_s
        return lane.behind_since_s is not None and now_s - lane.behind_since_s > LOST_TAIL_S

    async def _repair_tail(self, holding: Holding, lane: Lane, end: int) -> None:
        if lane.repairs >= TAIL_REPAIRS_MAX:
            raise TildeError(
                f"Faust brings nothing of {lane.source.topic}/{lane.source.partition} any more; starting again"
            )
        log.warning("%s/%s: %s to %s were never delivered", *lane.key, lane.next_offset, end - 1)
        lane.repairs += 1
        lane.behind_since_s = None
        if end - lane.next_offset > GAP_MAX:
            lane.delivered_offset = max(lane.delivered_offset, end)
            self._leave_behind(lane)
            return
        async with lane.lock:
            await self._read_back(holding, lane, end)
