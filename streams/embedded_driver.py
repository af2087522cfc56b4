"""Runs the processors over the embedded log: outputs and positions are one transaction of one file, so nothing can
part them.

read raw batches -> fold -> [ append outputs, save positions ] in one commit -> ring the bell
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence

from streams.partition_fold import EVENTS_PER_FLUSH_MAX, PartitionFold
from streams.processors.contract import Processor
from tilde.domain.position import Position
from tilde.eventlog import Append, LogReader, Record
from tilde.eventlog.logfile import LogFile

POLL_S = 1.0
FLUSHES_PER_TRIM = 500
RECORDS_KEPT = 100_000  # of an output partition, for `tilde tail` and for positions that lag; some 6 MB
BATCHES_PER_DROP = 200
_SCHEMA = """
CREATE TABLE IF NOT EXISTS position (
    processor TEXT, partition INTEGER, value TEXT NOT NULL, PRIMARY KEY (processor, partition)
) WITHOUT ROWID
"""


class EmbeddedDriver:
    """Drives every processor over all partitions of its source. The only writer of `outputs`."""

    def __init__(
        self,
        log: LogReader,
        outputs: LogFile,
        processors: list[Processor],
        on_flush: Callable[[], object] = lambda: None,
        sunk: Callable[[], Mapping[tuple[str, int], int]] = dict,
    ) -> None:
        """`on_flush` is called after each commit; `sunk` says, by topic and partition, below which offset all is in
        the tables.
        """
        self._log = log
        self._file = outputs
        self._on_flush = on_flush
        self._sunk = sunk
        self._flushes = 0
        outputs.db.execute(_SCHEMA)
        self._folds = [
            (processor, partition, PartitionFold(processor, partition, self._saved(processor.name, partition)))
            for processor in processors
            for partition in range(processor.source.partitions)
        ]

    def _saved(self, processor: str, partition: int) -> Position:
        row = self._file.db.execute(
            "SELECT value FROM position WHERE processor = ? AND partition = ?", (processor, partition)
        ).fetchone()
        return Position.from_json(json.loads(row[0])) if row else Position()

    async def run(self) -> None:
        """Processes until cancelled. Ends with HoleError, TooMuchPoisonError, LogError, CorruptError, never by
        itself.
        """
        while True:
            if not await self.step():
                await self._log.wait(POLL_S)

    async def step(self) -> int:
        """Takes one portion of every partition and flushes it; returns how many messages that were."""
        messages = events = 0
        for processor, partition, fold in self._folds:
            records = await self._log.read(processor.source.name, partition, fold.position.next_offset)
            if not records:
                continue
            messages += len(records)
            events += await asyncio.to_thread(_take_all, fold, records)
            if events >= EVENTS_PER_FLUSH_MAX:
                await self._flush()
                events = 0
        await self._flush()
        return messages

    async def _flush(self) -> None:
        dirty = [(processor, partition, fold) for processor, partition, fold in self._folds if fold.is_dirty]
        if not dirty:
            return
        await asyncio.to_thread(self._commit, dirty)
        self._on_flush()
        self._flushes += 1
        if self._flushes % FLUSHES_PER_TRIM == 0:
            await asyncio.to_thread(self.trim)

    def trim(self, kept: int = RECORDS_KEPT) -> None:
        """Drops the oldest outputs: what is in the tables, but for the last `kept` records of a partition."""
        for (topic, partition), offset in self._sunk().items():
            while self._file.drop_before(topic, partition, offset - kept, BATCHES_PER_DROP) == BATCHES_PER_DROP:
                pass

    def _commit(self, dirty: list[tuple[Processor, int, PartitionFold]]) -> None:
        with self._file.transaction():
            for processor, partition, fold in dirty:
                outputs = fold.drain()
                self._file.append([Append(topic, partition, values) for topic, values in outputs.items() if values])
                value = json.dumps(fold.position.to_json())
                self._file.db.execute(
                    "INSERT OR REPLACE INTO position VALUES (?, ?, ?)", (processor.name, partition, value)
                )


def _take_all(fold: PartitionFold, records: Sequence[Record]) -> int:
    before = fold.events
    for record in records:
        fold.take(record)
    return fold.events - before
