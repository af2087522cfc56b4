"""The embedded log as a LogReader: which file of the data folder holds which topic, and the bell that says it grew.

The edge writes `stats` and `commands`, the pipeline `catalog` and the output topics of each generation.
"""

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path

from tilde.data_folder import catalog_path, edge_folder, outputs_path
from tilde.eventlog.bell import Bell, wait_for
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.port import Append, OffsetOutOfRangeError, Record
from tilde.eventlog.segments import SegmentReader
from tilde.schemas.topics import CATALOG, TOPICS


class SqliteLog:
    """Reads every topic of a data folder, whoever writes it. `wait` is for growth of the topics it `hears`."""

    def __init__(
        self, data: Path, generation: int = 1, bell: Bell | None = None, hears: Collection[str] = TOPICS
    ) -> None:
        self._edge = SegmentReader(edge_folder(data))
        self._catalog = catalog_path(data)
        self._outputs = outputs_path(data, generation)
        self._files: dict[Path, LogFile] = {}
        self._rung = bell.listener(hears) if bell is not None else asyncio.Event()

    def _file(self, topic: str) -> SegmentReader | LogFile | None:
        if TOPICS[topic].is_raw:
            return self._edge
        path = self._catalog if topic == CATALOG.name else self._outputs
        if path not in self._files:
            if not path.exists():
                return None
            self._files[path] = LogFile(path, writes=False)
        return self._files[path]

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        file = self._file(topic)
        return [] if file is None and offset == 0 else self._known(file).read(topic, partition, offset, bytes_max)

    async def start_offset(self, topic: str, partition: int) -> int:
        file = self._file(topic)
        return 0 if file is None else file.start_offset(topic, partition)

    async def end_offset(self, topic: str, partition: int) -> int:
        file = self._file(topic)
        return 0 if file is None else file.end_offset(topic, partition)

    def appended(self) -> int:
        """How many batches and entries were ever appended, to raw topics and the catalog: never fewer than before, so
        as long as it is the same nothing has come. One or two look-ups. Raises LogError, CorruptError.
        """
        catalog = self._file(CATALOG.name)
        return self._edge.last_seq() + (0 if catalog is None else catalog.end_offset(CATALOG.name, 0))

    @staticmethod
    def _known(file: SegmentReader | LogFile | None) -> SegmentReader | LogFile:
        if file is None:
            raise OffsetOutOfRangeError("nothing was ever appended there")
        return file

    async def wait(self, timeout_s: float) -> None:
        await wait_for(self._rung, timeout_s)

    async def close(self) -> None:
        self._edge.close()
        for file in self._files.values():
            file.close()


class SqliteWriter:
    """Appends to one file of the embedded log and rings the bell; its topics are the file's."""

    def __init__(self, file: LogFile, bell: Bell | None = None) -> None:
        self._file = file
        self._bell = bell

    async def append(self, appends: Sequence[Append]) -> list[int]:
        offsets = self._file.append(appends)
        if self._bell is not None:
            self._bell.ring(*{append.topic for append in appends})
        return offsets

    async def close(self) -> None:
        self._file.close()
