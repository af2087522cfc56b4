"""A copy of `catalog` on an edge's own disk, so that it starts, and knows its keys, while the brokers are away."""

from tilde.eventlog.logfile import LogFile
from tilde.eventlog.port import Append, LogReader, Record
from tilde.schemas.topics import CATALOG


class MirroredCatalog:
    """A LogReader of `catalog`: what was read once is read from the copy; the rest from the log, and kept."""

    def __init__(self, log: LogReader, copy: LogFile) -> None:
        self._log = log
        self._copy = copy

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        assert topic == CATALOG.name
        end = self._copy.end_offset(topic, partition)
        if offset < end:
            return self._copy.read(topic, partition, offset, bytes_max)
        records = await self._log.read(topic, partition, offset, bytes_max)
        if records and offset == end:
            self._copy.append([Append(topic, partition, [record.value for record in records])])
        return records

    async def start_offset(self, topic: str, partition: int) -> int:
        return 0

    async def end_offset(self, topic: str, partition: int) -> int:
        return await self._log.end_offset(topic, partition)

    async def wait(self, timeout_s: float) -> None:
        await self._log.wait(timeout_s)

    async def close(self) -> None:
        await self._log.close()
        self._copy.close()
