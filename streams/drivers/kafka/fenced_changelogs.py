"""What processors remember, on Kafka: in their changelogs, where one holder of a partition writes at a time.

    take over: 1. a transactional id for each source partition: the broker refuses whatever a former holder sends from
                  now on, and undoes what it had begun
               2. read on, to the end
    flush:     one transaction: state and position of all that processors of the partition have changed

So what was read is what the position says, whatever came late. Faust has no Table of these processors: it would have
read the changelog before the former holder was shut out, and with what he never finished in it.
"""

import asyncio
from collections.abc import Awaitable, Collection, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.contract import Processor
from streams.drivers.kafka.flush import Positions
from streams.drivers.kafka.flushes import changelog_batch, record_key
from streams.drivers.kafka.holding import Drained, ProcessorPartition, Saved, SourcePartition
from streams.drivers.kafka.names import changelog_name, transactional_id
from streams.state import Kept
from tilde.domain.log.position import Position
from tilde.eventlog import LogError
from tilde.eventlog.kafka_producer import FencedProducer
from tilde.eventlog.kafka_topics import CHANGELOG_BYTES_MAX

READ_S_MAX = 10.0  # without a record of a changelog that has more: the brokers are away
POLL_MS = 500
RECORDS_AT_ONCE = 5_000  # some 25 ms: the process must not stand still


class _Changelog:
    """What one partition of a changelog holds, as far as it was read."""

    def __init__(self) -> None:
        self.next_offset = 0
        self.position = Position()
        self.state: dict[str, Kept] = {}

    def take(self, partition: int, key: bytes, value: bytes) -> None:
        """Takes in the next record: a value of the state, or the position."""
        name = orjson.loads(key).removeprefix(record_key(partition))
        if name:
            self.state[name] = Kept(*orjson.loads(value))
        else:
            self.position = Position.from_json(orjson.loads(value))


class FencedChangelogs:
    """The changelogs of a generation's processors that remember something."""

    def __init__(self, bootstrap: str, processors: Iterable[Processor], generation: int) -> None:
        self._bootstrap = bootstrap
        self._generation = generation
        self._sources = {each.name: each.source.name for each in processors if each.remembers}
        self._changelogs: dict[ProcessorPartition, _Changelog] = {}
        self._producers: dict[SourcePartition, FencedProducer] = {}
        self._sent: dict[ProcessorPartition, int] = {}  # the offset behind the last batch
        self._taking_over = asyncio.Lock()

    def have(self, processor: str) -> bool:
        """Whether the state and position of a processor are here."""
        return processor in self._sources

    async def take_over(self, held: Collection[ProcessorPartition]) -> None:
        """Takes over what was assigned, and gives up what this worker held before and no longer has. Processors that
        remember nothing are passed over. Raises LogError.
        """
        async with self._taking_over:
            ours = [id_ for id_ in held if self.have(id_.processor)]
            await self._fence({self._source_of(id_) for id_ in ours})
            self._changelogs = {id_: self._changelogs.get(id_) or _Changelog() for id_ in ours}
            await self._read_on()

    def _source_of(self, id_: ProcessorPartition) -> SourcePartition:
        return SourcePartition(self._sources[id_.processor], id_.partition)

    async def _fence(self, sources: Collection[SourcePartition]) -> None:
        """Opens a producer for each source partition. It has the partition's transactional id, so the broker refuses
        what earlier producers of that id send from now on, on other workers and here. The ones of this worker's former
        assignment are closed once what they have sent is answered, mostly with a refusal.
        """
        successors = {source: self._producer_of(source) for source in sources}
        for producer in self._producers.values():
            producer.give_way()
        await asyncio.gather(*(producer.start() for producer in successors.values()))
        former, self._producers = self._producers, successors
        await asyncio.gather(*(producer.finish() for producer in former.values()))

    def _producer_of(self, source: SourcePartition) -> FencedProducer:
        name = transactional_id(*source, self._generation)
        return FencedProducer(self._bootstrap, name, CHANGELOG_BYTES_MAX)

    async def _read_on(self) -> None:
        """What has come since it was read last; of what is new, all of it. Raises LogError."""
        if not self._changelogs:
            return
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=CHANGELOG_BYTES_MAX,
        )
        try:
            async with asyncio.timeout(READ_S_MAX):
                await consumer.start()
            await self._read_with(consumer)
        except (KafkaError, OSError, TimeoutError) as cause:
            raise LogError(f"a changelog cannot be read from Kafka now: {cause!r}") from cause
        finally:
            with suppress(KafkaError, OSError):
                await consumer.stop()

    async def _read_with(self, consumer: AIOKafkaConsumer) -> None:
        """Records may be missing, since a changelog is compacted: how far it was read is said by the consumer."""
        by_place = {
            TopicPartition(changelog_name(id_.processor, self._generation), id_.partition): changelog
            for id_, changelog in self._changelogs.items()
        }
        consumer.assign(list(by_place))
        for place, changelog in by_place.items():
            consumer.seek(place, changelog.next_offset)
        async with asyncio.timeout(READ_S_MAX):
            ends: Mapping[TopicPartition, int] = await consumer.end_offsets(list(by_place))
        unread = {place for place, changelog in by_place.items() if changelog.next_offset < ends[place]}
        while unread:
            async with asyncio.timeout(READ_S_MAX):
                await self._read_some(consumer, by_place, unread)
            unread = {place for place in unread if by_place[place].next_offset < ends[place]}

    @staticmethod
    async def _read_some(
        consumer: AIOKafkaConsumer, by_place: Mapping[TopicPartition, _Changelog], unread: Collection[TopicPartition]
    ) -> None:
        """Until one of those unread has come further."""
        is_further = False
        while not is_further:
            some = await consumer.getmany(*unread, timeout_ms=POLL_MS, max_records=RECORDS_AT_ONCE)
            for place, records in some.items():
                for record in records:
                    by_place[place].take(place.partition, record.key, record.value)
            for place in unread:
                next_offset = await consumer.position(place)
                is_further = is_further or next_offset > by_place[place].next_offset
                by_place[place].next_offset = next_offset

    def saved(self, processor: str, partition: int) -> Saved:
        """State and position as of the last flush of whoever held the partition. To be asked after `take_over`."""
        changelog = self._changelogs[ProcessorPartition(processor, partition)]
        return Saved(changelog.position, dict(changelog.state))

    def send(self, drained: Sequence[Drained]) -> Awaitable[None]:
        """Makes state and positions durable, all of a source partition together; as whoever holds them at the call,
        also where it is awaited later. Raises FencedError where somebody else has taken one over, LogError.
        """
        by_source: dict[SourcePartition, list[Drained]] = {}
        for each in drained:
            source = self._source_of(ProcessorPartition(each.processor, each.partition))
            by_source.setdefault(source, []).append(each)
        # The producers of who holds the partitions now.
        sending = [self._send(self._producers[source], some) for source, some in by_source.items()]
        return _all(sending)

    async def _send(self, producer: FencedProducer, drained: Sequence[Drained]) -> None:
        batches = [changelog_batch(each, self._generation) for each in drained]
        for each, batch, offset in zip(drained, batches, await producer.send(batches), strict=True):
            self._sent[ProcessorPartition(each.processor, each.partition)] = offset + len(batch.records)

    def keep(self, drained: Drained) -> None:
        """Takes in what is durable, so that it is not read again after the next assignment: nobody else has written."""
        id_ = ProcessorPartition(drained.processor, drained.partition)
        changelog = self._changelogs[id_]
        changelog.state.update(drained.state)
        changelog.position = drained.position
        changelog.next_offset = self._sent[id_]

    async def close(self) -> None:
        """Closes the connections."""
        await asyncio.gather(*(producer.close() for producer in self._producers.values()))


async def _all(sending: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Returns when all have their answers; raises the first error then."""
    for error in await asyncio.gather(*sending, return_exceptions=True):
        if error is not None:
            raise error


class AllPositions:
    """Positions and state of all processors: of those that remember something they are in the changelogs, of the others
    in Faust's Tables.
    """

    def __init__(self, tables: Positions, changelogs: FencedChangelogs) -> None:
        self._tables = tables
        self._changelogs = changelogs

    def saved(self, processor: str, partition: int) -> Saved:
        return self._place(processor).saved(processor, partition)

    def keep(self, drained: Drained) -> None:
        self._place(drained.processor).keep(drained)

    def _place(self, processor: str) -> Positions:
        return self._changelogs if self._changelogs.have(processor) else self._tables
