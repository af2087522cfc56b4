"""The log, as everything but its adapters sees it: topics with partitions, records at rising offsets, nothing ever
changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tilde.errors import TildeError


class Record(NamedTuple):
    """One record of a partition; the offsets of a partition are contiguous."""

    offset: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Append:
    """Values to stand behind each other at the end of a partition, all or none of them."""

    topic: str
    partition: int
    values: Sequence[bytes]


class LogError(Exception):
    """The log cannot be read or written now. Trying again later may help; of an append see LogWriter."""


class FencedError(LogError):
    """Somebody else has begun to write what this writer wrote: it is refused, now and ever after."""


class DiskFullError(LogError):
    """The disk has no room for it."""


class CorruptError(TildeError):
    """A stored batch does not match its checksum. Never tried again: an operator has to look."""


class OffsetOutOfRangeError(Exception):
    """The partition holds no such offset: it is beyond the end, or older than what is kept."""


class LogReader(Protocol):
    """Reads any topic. `read` is for one task at a time, while one other may be in `wait`; where a partition begins and
    ends, any may ask.
    """

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        """The records from `offset` on: at least one, and no more than `bytes_max` but for the first; [] at the end.

        Does not wait for new ones. Raises OffsetOutOfRangeError, CorruptError, LogError.
        """
        ...

    async def start_offset(self, topic: str, partition: int) -> int:
        """The first offset that is kept. Raises LogError."""
        ...

    async def end_offset(self, topic: str, partition: int) -> int:
        """The offset that the next record will get. Raises LogError."""
        ...

    async def wait(self, timeout_s: float) -> None:
        """Returns when something may have been appended anywhere since the last call, or after `timeout_s`."""
        ...

    async def close(self) -> None:
        """Gives the connections back. Nothing may be called after it."""
        ...


class LogWriter(Protocol):
    """Appends. Returning implies that the records are durable and readable."""

    async def append(self, appends: Sequence[Append]) -> list[int]:
        """Appends in the order given; each partition's values stand contiguous. Returns the first offset of each.

        On the embedded log all are one transaction. On Kafka each partition's values are atomic, not the whole.
        Raises LogError where it cannot be known that they are durable: they may be there all the same.
        """
        ...

    async def close(self) -> None:
        """Waits for what is in flight."""
        ...
