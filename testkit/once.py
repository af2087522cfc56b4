"""The events of a topic as whoever reads it counts them: each once, by the position rule, however often its batch is
there.
"""

from typing import Any, NamedTuple

from tilde.domain.log.position import Header, Position
from tilde.eventlog import LogReader
from tilde.schemas.codec import decode
from tilde.schemas.topics import Topic


class Once(NamedTuple):
    """The events, and how many batches there are, repeats included."""

    events: list[dict[str, Any]]
    batches: int


async def each_once(log: LogReader, topic: Topic) -> Once:
    """All that is there now, partition by partition."""
    events: list[dict[str, Any]] = []
    batches = 0
    for partition in range(topic.partitions):
        position = Position()
        while records := await log.read(topic.name, partition, position.next_offset):
            batches += len(records)
            for record in records:
                batch = decode(record.value, topic.subject)
                header = Header.of_batch(batch)
                if position.is_repeat(header):
                    position = position.after(record.offset, None)
                else:
                    position = position.after(record.offset, header)
                    events += batch["events"]
    return Once(events, batches)
