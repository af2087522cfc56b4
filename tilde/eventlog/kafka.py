"""The log on Apache Kafka: a sealed batch is one message, an append is one record batch."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition, errors

from tilde.eventlog.kafka_producer import TIMEOUT_S, Batch, KafkaProducer
from tilde.eventlog.port import Append, CorruptError, LogError, OffsetOutOfRangeError, Record
from tilde.schemas.topics import DERIVED, TOPICS, output_name

APPEND_BYTES_MAX = 2_000_000  # a value of 1 MiB with room to spare, below the 2 MiB that topics admit
FETCH_WAIT_MS = 100  # so long a fetch waits for something new, and so long at most a new partition waits for its turn
RETRY_MS = 50
LOOK_S = 0.02  # so often a read that waits for its records looks whether a `wait` beside it has taken them in
FETCH_BYTES_MAX = 1 << 20  # a partition's share of one fetch; a larger message comes alone


def topic_name(topic: str, generation: int) -> str:
    """The name on Kafka of one of our topics: those that can be made again have their generation in it."""
    known = TOPICS[topic]
    return output_name(known, generation) if known in DERIVED else topic


@dataclass(slots=True)
class _Cursor:
    """One partition: what was fetched and not yet read, and the offset that is fetched next."""

    next_offset: int
    fetched: deque[Record] = field(default_factory=deque)

    def stands_at(self, offset: int) -> bool:
        return (self.fetched[0].offset if self.fetched else self.next_offset) == offset

    def take(self, bytes_max: int) -> list[Record]:
        records = [self.fetched.popleft()]
        bytes_max -= len(records[0].value)
        while self.fetched and (bytes_max := bytes_max - len(self.fetched[0].value)) >= 0:
            records.append(self.fetched.popleft())
        return records


class KafkaLog:
    """Reads every topic, from one task at a time, and `wait` may run in another. Connects at the first call; survives
    a broker's restart.
    """

    def __init__(self, bootstrap: str, generation: int = 1) -> None:
        self._bootstrap = bootstrap
        self._generation = generation
        self._cursors: dict[TopicPartition, _Cursor] = {}
        self._consumer: AIOKafkaConsumer | None = None
        # A broker answers the requests of one connection in turn, and on the consumer's own there is always a fetch
        # that waits. So ends are asked for on another one.
        self._asker: AIOKafkaConsumer | None = None
        self._starting = asyncio.Lock()  # of the asker, that several may ask at once: requests for metrics do

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        where = self._where(topic, partition)
        async with _bounded(f"{topic}/{partition}"):
            try:
                return await self._read(where, offset, bytes_max)
            except BaseException:
                self._cursors.pop(where, None)  # where its next fetch begins is not known
                raise

    async def _read(self, where: TopicPartition, offset: int, bytes_max: int) -> list[Record]:
        consumer = await self._started_consumer()
        if not self._cursor_at(consumer, where, offset).fetched:
            await self._fetch(consumer, 0, where)
        if not self._cursor_at(consumer, where, offset).fetched and not await self._has(where, offset):
            return []
        # A `wait` beside this may take in the records, or give the cursor up: so the cursor is looked for each time.
        while not (cursor := self._cursor_at(consumer, where, offset)).fetched:
            await self._fetch(consumer, LOOK_S, where)
        return cursor.take(bytes_max)

    def _where(self, topic: str, partition: int) -> TopicPartition:
        return TopicPartition(topic_name(topic, self._generation), partition)

    def _cursor_at(self, consumer: AIOKafkaConsumer, where: TopicPartition, offset: int) -> _Cursor:
        cursor = self._cursors.get(where)
        if cursor is None:
            cursor = self._cursors[where] = _Cursor(offset)
            consumer.assign(list(self._cursors))
            for other, its_cursor in self._cursors.items():  # a new assignment has no positions
                consumer.seek(other, its_cursor.next_offset)
        elif not cursor.stands_at(offset):
            cursor.fetched.clear()
            cursor.next_offset = offset
            consumer.seek(where, offset)
        return cursor

    async def _fetch(self, consumer: AIOKafkaConsumer, wait_s: float, *wheres: TopicPartition) -> None:
        """Takes in what has come for these partitions, or for any; waits for it when there is nothing."""
        fetched = await consumer.getmany(*wheres, timeout_ms=int(wait_s * 1000))
        for where, messages in fetched.items():
            cursor = self._cursors.get(where)
            if cursor is None:
                continue  # given up after an error; the next read of it begins anew
            if messages[0].offset != cursor.next_offset:
                raise OffsetOutOfRangeError(f"{where.topic}/{where.partition} has no offset {cursor.next_offset}")
            cursor.fetched.extend(Record(message.offset, message.value) for message in messages)
            cursor.next_offset = messages[-1].offset + 1

    async def _has(self, where: TopicPartition, offset: int) -> bool:
        end = (await (await self._started_asker()).end_offsets([where]))[where]
        if offset > end:
            raise OffsetOutOfRangeError(f"{where.topic}/{where.partition} ends at {end}, asked for {offset}")
        return bool(offset < end)

    async def start_offset(self, topic: str, partition: int) -> int:
        where = self._where(topic, partition)
        async with _bounded(f"{topic}/{partition}"):
            return int((await (await self._started_asker()).beginning_offsets([where]))[where])

    async def end_offset(self, topic: str, partition: int) -> int:
        return (await self.end_offsets([(topic, partition)]))[topic, partition]

    async def end_offsets(self, partitions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """The ends of several partitions at once. Raises LogError."""
        wheres = [self._where(topic, partition) for topic, partition in partitions]
        async with _bounded("the ends"):
            ends = await (await self._started_asker()).end_offsets(wheres)
        return {partition: int(ends[where]) for partition, where in zip(partitions, wheres, strict=True)}

    async def wait(self, timeout_s: float) -> None:
        if self._consumer is None or not self._cursors:
            await asyncio.sleep(timeout_s)
        elif not any(cursor.fetched for cursor in self._cursors.values()):
            try:
                await self._fetch(self._consumer, timeout_s)
            except (errors.KafkaError, OffsetOutOfRangeError):
                self._cursors.clear()  # whoever reads that partition will be told

    async def _started_consumer(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            self._consumer = await self._start()
        return self._consumer

    async def _started_asker(self) -> AIOKafkaConsumer:
        async with self._starting:
            if self._asker is None:
                self._asker = await self._start()
        return self._asker

    async def _start(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            auto_offset_reset="none",
            enable_auto_commit=False,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=FETCH_BYTES_MAX,
            request_timeout_ms=int(TIMEOUT_S * 1000),
            retry_backoff_ms=RETRY_MS,  # also what the first question about a topic waits for
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        return consumer

    async def close(self) -> None:
        for consumer in (self._consumer, self._asker):
            if consumer is not None:
                await consumer.stop()


@asynccontextmanager
async def _bounded(what: str) -> AsyncIterator[None]:
    """Ends in time, and says in the port's terms what went wrong."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            yield
    except errors.OffsetOutOfRangeError as cause:
        raise OffsetOutOfRangeError(f"{what}: Kafka keeps no such offset: {cause}") from cause
    except errors.CorruptRecordException as cause:
        raise CorruptError(f"{what}: {cause}") from cause
    except (errors.KafkaError, OSError, TimeoutError) as cause:
        raise LogError(f"{what} cannot be read from Kafka now: {str(cause) or type(cause).__name__}") from cause


class KafkaWriter:
    """Appends: each one as a record batch of its own. What `append` returned for is acknowledged by all replicas."""

    def __init__(self, bootstrap: str, generation: int = 1) -> None:
        self._generation = generation
        self._producer = KafkaProducer(bootstrap, APPEND_BYTES_MAX)

    async def append(self, appends: Sequence[Append]) -> list[int]:
        batches = [
            Batch(
                topic_name(append.topic, self._generation), append.partition, [(None, value) for value in append.values]
            )
            for append in appends
        ]
        return await self._producer.send(batches)

    async def close(self) -> None:
        await self._producer.close()
