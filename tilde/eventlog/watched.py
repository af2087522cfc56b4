"""A log whose reader and writer tell an Outage how each call went."""

from collections.abc import Sequence

from tilde.eventlog.port import Append, LogError, LogReader, LogWriter, Record
from tilde.runtime.telling import Outage


class WatchedLog:
    """A LogReader over another one."""

    def __init__(self, log: LogReader, outage: Outage) -> None:
        self._log = log
        self._outage = outage

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        try:
            records = await self._log.read(topic, partition, offset, bytes_max)
        except LogError as error:
            self._outage.failed(self, error)
            raise
        self._outage.worked(self)
        return records

    async def start_offset(self, topic: str, partition: int) -> int:
        return await self._log.start_offset(topic, partition)

    async def end_offset(self, topic: str, partition: int) -> int:
        return await self._log.end_offset(topic, partition)

    async def wait(self, timeout_s: float) -> None:
        await self._log.wait(timeout_s)

    async def close(self) -> None:
        self._outage.forget(self)
        await self._log.close()


class WatchedWriter:
    """A LogWriter over another one."""

    def __init__(self, writer: LogWriter, outage: Outage) -> None:
        self._writer = writer
        self._outage = outage

    async def append(self, appends: Sequence[Append]) -> list[int]:
        try:
            offsets = await self._writer.append(appends)
        except LogError as error:
            self._outage.failed(self, error)
            raise
        self._outage.worked(self)
        return offsets

    async def close(self) -> None:
        self._outage.forget(self)
        await self._writer.close()
