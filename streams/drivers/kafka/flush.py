"""Makes what was folded durable, on Kafka, in the order in which a crash anywhere loses nothing and repeats nothing:

1. drain what is held
2. outputs, acknowledged
3. how far they are, in topic `progress`, acknowledged
4. state and positions, acknowledged; of a processor that remembers something, and changed nothing of it, the position
   only now and then: it is a transaction, and who folds again what it leaves out does so from the same state
5. the Table

After each await the holding may be over, and the process may have stood still: then nothing more is written.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from streams.contract import Processor
from streams.drivers.kafka.holding import Drained, HeldPartition, Holding, OutputPartition, Saved, SourcePartition
from streams.drivers.kafka.pulse import Pulse
from tilde.eventlog import FencedError
from tilde.runtime.clock import Clock
from tilde.schemas.progress import Milestone

POSITION_S = 2.0
"""So long a position alone may wait where it is a transaction, which costs 2 ms of CPU for each source partition."""


class Positions(Protocol):
    """Where positions and state are read after an assignment, and kept once they are durable."""

    def saved(self, processor: str, partition: int) -> Saved:
        """State and position as of the last flush; the beginning where there was none."""
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
        """Sends the message that says how far the outputs are. Raises LogError."""
        ...

    async def send_positions(self, drained: Sequence[Drained]) -> None:
        """Sends the positions that cover them, and what of the state was changed. Raises FencedError where somebody
        else holds a partition whose processors remember something; LogError.
        """
        ...


class Flusher:
    """Runs one flush at a time, each in a task of its own; folding goes on meanwhile. What a flush fails with is raised
    where it is waited for, or by the next `begin`.
    """

    def __init__(
        self, processors: Mapping[str, Processor], positions: Positions, flushes: Flushes, pulse: Pulse, clock: Clock
    ) -> None:
        self._processors = processors
        self._positions = positions
        self._flushes = flushes
        self._pulse = pulse
        self._clock = clock
        self._flushing: asyncio.Task[None] | None = None

    @property
    def under_way(self) -> asyncio.Task[None] | None:
        """The flush that runs; None where none does."""
        return self._flushing if self._flushing is not None and not self._flushing.done() else None

    async def begin(self, holding: Holding) -> asyncio.Task[None]:
        """Begins a flush once none is under way; returns it. It drains when it begins to run."""
        while (flushing := self.under_way) is not None:
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
        holding.ends.update(await self._flushes.send_outputs(drained))
        milestones = await self._milestones(holding, drained)
        if holding.is_over:
            return
        self._pulse.check()
        await self._flushes.send_progress(milestones)
        if holding.is_over:
            return
        self._pulse.check()
        now_s = self._clock.monotonic_s()
        due = [each for each in drained if self._is_due(holding, each, now_s)]
        if not due:
            return
        try:
            await self._flushes.send_positions(due)
        except FencedError:  # the next holder has begun; whoever does not know yet that his holding is over must end
            if not holding.is_over:
                raise
        if not holding.is_over:
            for each in due:
                self._positions.keep(each)
                holding.positioned_s[each.processor, each.partition] = now_s

    def _is_due(self, holding: Holding, drained: Drained, now_s: float) -> bool:
        """Whether its position has to be durable now: it says what is in the state."""
        if drained.state or not self._processors[drained.processor].remembers:
            return True
        before_s = holding.positioned_s.get((drained.processor, drained.partition))
        return before_s is None or now_s - before_s >= POSITION_S

    async def _milestones(self, holding: Holding, drained: Sequence[Drained]) -> list[Milestone]:
        """What holds now that the outputs are there. A partition that got none from this holding is asked for its end
        once: below it stands what earlier holders wrote, whose positions we began with.
        """
        sources = {source: holding.by_source[source] for source in map(self._source_of, drained)}
        wanted = {(topic, source.partition) for source, held in sources.items() for topic in self._outputs_of(held)}
        if unknown := wanted - holding.ends.keys():
            holding.ends.update(await self._flushes.ends(unknown))
        return [self._milestone(holding, source, held) for source, held in sources.items()]

    def _milestone(self, holding: Holding, source: SourcePartition, held: Sequence[HeldPartition]) -> Milestone:
        """How far all processors of a source partition are: Faust gives them to one worker."""
        ends = {output: holding.ends[output, source.partition] for output in self._outputs_of(held)}
        return Milestone(source.topic, source.partition, min(each.drained_offset for each in held), ends)

    def _source_of(self, drained: Drained) -> SourcePartition:
        return SourcePartition(self._processors[drained.processor].source.name, drained.partition)

    def _outputs_of(self, held: Sequence[HeldPartition]) -> set[str]:
        return {topic.name for each in held for topic in self._processors[each.id.processor].outputs}
