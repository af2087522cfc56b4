"""A log in memory: the fake that passes the contract, for tests and benchmarks."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from tilde.eventlog.bell import wait_for
from tilde.eventlog.port import Append, OffsetOutOfRangeError, Record


class MemoryLog:
    """Reads and appends; lives as long as the object."""

    def __init__(self) -> None:
        self._partitions: defaultdict[tuple[str, int], list[bytes]] = defaultdict(list)
        self._grew = asyncio.Event()

    async def append(self, appends: Sequence[Append]) -> list[int]:
        offsets = []
        for append in appends:
            partition = self._partitions[append.topic, append.partition]
            offsets.append(len(partition))
            partition.extend(append.values)
        self._grew.set()
        return offsets

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        values = self._partitions[topic, partition]
        if not 0 <= offset <= len(values):
            raise OffsetOutOfRangeError(f"{topic}/{partition} ends at {len(values)}, asked for {offset}")
        records: list[Record] = []
        for value in values[offset:]:
            bytes_max -= len(value)
            if records and bytes_max < 0:
                break
            records.append(Record(offset + len(records), value))
        return records

    async def start_offset(self, topic: str, partition: int) -> int:
        return 0

    async def end_offset(self, topic: str, partition: int) -> int:
        return len(self._partitions[topic, partition])

    async def wait(self, timeout_s: float) -> None:
        await wait_for(self._grew, timeout_s)

    async def close(self) -> None:
        return


class CountingLog(MemoryLog):
    """Counts how often it was looked into."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        self.reads += 1
        return await super().read(topic, partition, offset, bytes_max)
