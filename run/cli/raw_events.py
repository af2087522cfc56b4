"""The events of a raw topic as a doctor reads them: each once, though a batch may stand in the log twice."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from tilde.domain.log.position import Header, Position
from tilde.eventlog import LogReader
from tilde.schemas.codec import PoisonError, decode
from tilde.schemas.topics import Topic


class RawEvent(NamedTuple):
    """An event of a raw topic, and the place where it stands."""

    offset: int
    nth: int
    event: dict[str, Any]


async def raw_events(log: LogReader, topic: Topic, partition: int) -> AsyncIterator[RawEvent]:
    """All that a partition has now, in order. Raises LogError."""
    end = await log.end_offset(topic.name, partition)
    position = Position(await log.start_offset(topic.name, partition))
    while position.next_offset < end:
        for record in await log.read(topic.name, partition, position.next_offset):
            try:
                batch = decode(record.value, topic.subject)
            except PoisonError:
                position = position.after_poison(record.offset)
                continue
            header = Header.of_batch(batch)
            if position.is_repeat(header):
                position = position.after(record.offset, None)
                continue
            position = position.after(record.offset, header)
            for nth, event in enumerate(batch["events"]):
                yield RawEvent(record.offset, nth, event)
