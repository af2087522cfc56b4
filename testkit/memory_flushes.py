"""Flushes and Positions in memory, under the contract of those on Kafka; for tests of the driver."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from streams.contract import Processor
from streams.drivers.kafka.holding import Drained, OutputPartition, ProcessorPartition, Saved, SourcePartition
from tilde.domain.log.position import Position
from tilde.eventlog import FencedError, LogError
from tilde.schemas.progress import Milestone

BEGINNING = Saved(Position())


class MemoryBrokers:
    """What brokers have of a generation, and who may write what processors remember."""

    def __init__(self, processors: Iterable[Processor] = ()) -> None:
        self.outputs: defaultdict[OutputPartition, list[bytes]] = defaultdict(list)
        self.milestones: list[Milestone] = []
        self.flushed: dict[ProcessorPartition, Saved] = {}
        self.holders: dict[SourcePartition, MemoryFlushes] = {}
        self.sources = {each.name: each.source.name for each in processors if each.remembers}
        self.are_away = False


class MemoryFlushes:
    """One worker's. What it has not taken over it holds as long as nobody else does."""

    def __init__(self, brokers: MemoryBrokers | None = None) -> None:
        self.brokers = brokers or MemoryBrokers()
        self.kept: dict[ProcessorPartition, Saved] = {}

    def take_over(self, held: Collection[ProcessorPartition]) -> None:
        """Begins with these, as they were flushed last, and ends who had them before."""
        self.brokers.holders |= dict.fromkeys(self._remembered(held), self)
        self.kept = {id_: self.brokers.flushed.get(id_, BEGINNING) for id_ in held}

    async def send_outputs(self, drained: Sequence[Drained]) -> dict[OutputPartition, int]:
        self._reach()
        ends = {}
        for each in drained:
            for topic, messages in each.outputs.items():
                if messages:
                    there = self.brokers.outputs[topic, each.partition]
                    there += messages
                    ends[topic, each.partition] = len(there)
        return ends

    async def ends(self, partitions: Collection[OutputPartition]) -> dict[OutputPartition, int]:
        self._reach()
        return {partition: len(self.brokers.outputs[partition]) for partition in partitions}

    async def send_progress(self, milestones: Sequence[Milestone]) -> None:
        self._reach()
        self.brokers.milestones += milestones

    async def send_positions(self, drained: Sequence[Drained]) -> None:
        self._reach()
        for source in self._remembered(ProcessorPartition(each.processor, each.partition) for each in drained):
            if self.brokers.holders.get(source, self) is not self:
                raise FencedError(f"somebody else holds {source.topic}/{source.partition}")
        for each in drained:
            _add(self.brokers.flushed, each)

    def saved(self, processor: str, partition: int) -> Saved:
        return self.kept.get(ProcessorPartition(processor, partition), BEGINNING)

    def keep(self, drained: Drained) -> None:
        _add(self.kept, drained)

    def _reach(self) -> None:
        if self.brokers.are_away:
            raise LogError("the brokers are away")

    def _remembered(self, ids: Iterable[ProcessorPartition]) -> list[SourcePartition]:
        sources = self.brokers.sources
        return [SourcePartition(sources[id_.processor], id_.partition) for id_ in ids if id_.processor in sources]


def _add(to: dict[ProcessorPartition, Saved], drained: Drained) -> None:
    id_ = ProcessorPartition(drained.processor, drained.partition)
    before = to.get(id_, BEGINNING)
    to[id_] = Saved(drained.position, {**before.state, **drained.state})
