"""Record batches to Kafka: each goes out as one, is atomic in its partition, and is on disk when the call returns. A
fenced producer's are atomic together, and come from nobody else.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced

from tilde.eventlog.port import FencedError, LogError

TIMEOUT_S = 10.0  # a broker that takes longer is away: the caller is told, and may try again
CLOSE_S = 2.0
RETRY_MS = 250  # a broker that is away is asked four times a second


class Batch(NamedTuple):
    """Records to stand behind each other in one partition of one topic, as (key, value)."""

    topic: str
    partition: int
    records: Sequence[tuple[bytes | None, bytes]]


class KafkaProducer:
    """An idempotent producer, acks=all, that is given up and made anew after a failure.

    A producer's own retries never end, so one that was slow once could write an old batch at any later time. Giving it
    up ends them; a request that is on its way already may still arrive, as a repeat.
    """

    def __init__(self, bootstrap: str, batch_bytes_max: int) -> None:
        self._bootstrap = bootstrap
        self._batch_bytes_max = batch_bytes_max
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def send(self, batches: Sequence[Batch]) -> list[int]:
        """Sends all at once; returns the first offset of each. Raises LogError, and ValueError for one too large."""
        producer = None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                producer = await self._started()
                acks = [await self._submit(producer, batch) for batch in batches]
                offsets = [ack.offset for ack in await _all(acks)]
        except (KafkaError, OSError, TimeoutError) as cause:
            await self._give_up(producer)
            raise LogError(f"Kafka at {self._bootstrap} did not take a batch: {_told(cause)}") from cause
        return _known(offsets)

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = _producer(self._bootstrap, self._batch_bytes_max)
                try:
                    await producer.start()
                except BaseException:
                    await _end(producer)
                    raise
                self._producer = producer
            return self._producer

    async def _submit(self, producer: AIOKafkaProducer, batch: Batch) -> asyncio.Future[Any]:
        return await _submitted(producer, batch, self._batch_bytes_max)

    async def _give_up(self, producer: AIOKafkaProducer | None) -> None:
        if producer is not None and producer is self._producer:
            self._producer = None
            await _end(producer)

    async def close(self) -> None:
        """Closes the connections. Whoever wants something durable has awaited `send`."""
        await self._give_up(self._producer)


class FencedProducer:
    """A producer under a name of which one at a time is heard. From when `start` has returned the brokers refuse
    whatever an older one under this name sends, and what that had begun is undone. Readers have to read what is
    committed.
    """

    def __init__(self, bootstrap: str, name: str, batch_bytes_max: int) -> None:
        self._bootstrap = bootstrap
        self._name = name
        self._batch_bytes_max = batch_bytes_max
        self._producer: AIOKafkaProducer | None = None
        self._sending = asyncio.Lock()
        self._is_fenced = False

    async def start(self) -> None:
        """To be called once. Raises LogError."""
        self._producer = producer = _producer(self._bootstrap, self._batch_bytes_max, self._name)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await producer.start()
        except (KafkaError, OSError, TimeoutError) as cause:
            await self.close()
            raise LogError(f"Kafka at {self._bootstrap} starts no transactions: {_told(cause)}") from cause

    async def send(self, batches: Sequence[Batch]) -> list[int]:
        """Sends all in one transaction; returns the first offset of each. After an error this one sends nothing more,
        and whether that transaction holds is for the next one of its name to see. Raises FencedError, LogError, and
        ValueError for a batch too large.
        """
        async with self._sending:
            return await self._send(batches)

    async def _send(self, batches: Sequence[Batch]) -> list[int]:
        producer = self._producer
        if producer is None and self._is_fenced:
            raise FencedError(f"the next one writes as {self._name}")
        if producer is None:
            raise LogError(f"the producer {self._name} is closed")
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await producer.begin_transaction()
                acks = [await _submitted(producer, batch, self._batch_bytes_max) for batch in batches]
                offsets = [ack.offset for ack in await _all(acks)]
                await producer.commit_transaction()
        except ProducerFenced as cause:
            self._is_fenced = True
            await self.close()
            raise FencedError(f"somebody else writes as {self._name}") from cause
        except (KafkaError, OSError, TimeoutError) as cause:
            await self.close()
            if self._is_fenced:
                raise FencedError(f"the next one writes as {self._name}") from cause
            raise LogError(f"Kafka at {self._bootstrap} did not take a transaction: {_told(cause)}") from cause
        return _known(offsets)

    def give_way(self) -> None:
        """For whoever starts its successor next: whatever it fails with from now on is FencedError. A broker that has
        to undo a transaction while its end is on the way may answer that it does not know what went wrong.
        """
        self._is_fenced = True

    async def finish(self) -> None:
        """Ends it once what is on its way has its answer. After `give_way`, and the start of its successor."""
        async with self._sending:
            await self.close()

    async def close(self) -> None:
        """Ends it, in the middle of whatever it does."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _end(producer)


def _producer(bootstrap: str, batch_bytes_max: int, transactional_id: str | None = None) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        transactional_id=transactional_id,
        acks="all",
        max_batch_size=batch_bytes_max,
        max_request_size=batch_bytes_max,
        request_timeout_ms=int(TIMEOUT_S * 1000),
        retry_backoff_ms=RETRY_MS,
    )


async def _submitted(producer: AIOKafkaProducer, batch: Batch, bytes_max: int) -> asyncio.Future[Any]:
    builder = producer.create_batch()
    for key, value in batch.records:
        if builder.append(timestamp=None, key=key, value=value) is None:
            raise ValueError(f"a batch for {batch.topic} has more than {bytes_max} bytes")
    builder.close()
    ack: asyncio.Future[Any] = await producer.send_batch(builder, batch.topic, partition=batch.partition)
    return ack


def _known(offsets: list[int]) -> list[int]:
    """Offsets that the broker has told. Raises LogError."""
    if -1 in offsets:
        raise LogError("Kafka holds the batch already, but no longer knows where")
    return offsets


def _told(cause: BaseException) -> str:
    return str(cause) or type(cause).__name__


async def _all(acks: list[asyncio.Future[Any]]) -> list[Any]:
    """The results of all, once all are there; else the first error, with no other left unread."""
    results = await asyncio.gather(*acks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


async def _end(producer: AIOKafkaProducer) -> None:
    """Ends a producer without waiting for what it still wants to send (its own `stop` would)."""
    sender = producer._sender.sender_task  # noqa: SLF001 - there is no public way
    if sender is not None:
        sender.cancel()
    await asyncio.wait([asyncio.ensure_future(producer.client.close())], timeout=CLOSE_S)
    for future in _unasked(producer):
        if future is not None and future.done() and not future.cancelled():
            future.exception()  # seen
    producer._closed = True  # noqa: SLF001 - so that it does not complain when it is collected


def _unasked(producer: AIOKafkaProducer) -> list[asyncio.Future[Any] | None]:
    """What the library fails beside the futures that it gives out, and complains of when nobody has looked."""
    batches = (batch for some in producer._message_accumulator._batches.values() for batch in some)  # noqa: SLF001
    drained = [batch._drain_waiter for batch in batches]  # noqa: SLF001
    return [producer._txn_manager._transaction_waiter, *drained]  # noqa: SLF001
