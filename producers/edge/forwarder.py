"""Ships the edge's own log to Kafka, in order, and drops segments that are wholly shipped.

    read behind the last shipped batch -> one record batch a partition -> all acknowledged -> the next portion

A batch of a topic that only a newer release knows, as there is one after a downgrade, is kept, and so is all behind it:
the edge takes posts meanwhile, and ships them once that release is back.

After a failure it begins again behind the last portion that was acknowledged. What arrives twice then is a repeat by
its header, and counts once (tilde/domain/log/position.py). So nothing here has to be exact but the order.
"""

import asyncio
import random
from collections import defaultdict
from itertools import groupby, takewhile
from pathlib import Path

from producers.edge.ballast import Ballast
from tilde.eventlog import Append, LogError, LogWriter
from tilde.eventlog.bell import wait_for
from tilde.eventlog.logfile import Sequenced
from tilde.eventlog.segments import SegmentReader, unlink_shipped
from tilde.runtime.clock import Clock
from tilde.runtime.retrying import Retrying
from tilde.runtime.tasks import in_thread
from tilde.runtime.telling import tell
from tilde.schemas.topics import COMMANDS, TOPICS

PORTION_BYTES_MAX = 512 << 10  # of one round, but for its last batch; all of it must fit into one record batch
CONFIRM_S_MAX = 0.5  # what a client waits for the brokers, before the edge's own disk has to do
POLL_S = 1.0  # a lost wake-up costs this much
SAVE_S = 1.0  # so much is shipped again after a crash
RETRY_S_MIN = 0.1
RETRY_S_MAX = 5.0
CURSOR = "shipped"


class Forwarder:
    """Ships the batches of one edge's folder, of which there is one forwarder. `shipped_offset`: the brokers have the
    batch at this edge offset and all before it. `is_behind`: they are slow or away, so clients are answered once the
    edge's own disk has their posts.
    """

    def __init__(self, folder: Path, writer: LogWriter, clock: Clock, ballast: Ballast | None = None) -> None:
        self._folder = folder
        self._writer = writer
        self._clock = clock
        self._ballast = ballast
        self._reader = SegmentReader(folder)
        self._woken = asyncio.Event()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._saved_s = clock.monotonic_s()
        self._told_of = 0
        self.is_behind = False
        cursor = _saved_cursor(folder)
        self.shipped_offset = cursor if cursor <= self._reader.last_seq() else 0  # else it is another log's

    def wake(self, *topics: str) -> None:
        """Says that something was appended."""
        self._woken.set()

    async def run(self) -> None:
        """Ships until cancelled. Ends with CorruptError; a log or a broker that is away is waited for."""
        retrying = Retrying(LogError, RETRY_S_MIN, RETRY_S_MAX, spread=_apart)
        while True:
            if not await retrying.run(self._try_step):
                await wait_for(self._woken, POLL_S)

    async def _try_step(self) -> int:
        try:
            return await self.step()
        except LogError:
            self.is_behind = True
            raise

    async def step(self) -> int:
        """Ships one portion; returns how many batches it had. Raises CorruptError; LogError, also where the next batch
        is of a topic that this release does not know.
        """
        read = await in_thread(self._reader.read_after, self.shipped_offset, PORTION_BYTES_MAX)
        portion = list(takewhile(_is_known, in_order(read)))
        if read and not portion:
            raise self._unknown(read[0])
        began_s = self._clock.monotonic_s()
        if portion:
            await self._writer.append(by_partition(portion))
            self._shipped(portion[-1].seq)
        # A client waits two rounds at most: the one under way, and its own.
        if _bytes(read) < PORTION_BYTES_MAX and self._clock.monotonic_s() - began_s < CONFIRM_S_MAX / 2:
            self.is_behind = False
        if not portion or self._clock.monotonic_s() - self._saved_s > SAVE_S:
            await in_thread(self._save)
        return len(portion)

    def _unknown(self, batch: Sequenced) -> LogError:
        """Told once a batch."""
        words = (
            f"batch {batch.seq} of {self._folder} is of topic {batch.append.topic}, which only a newer release knows:"
            " it is kept, and so is all that is taken in from now on, but nothing is shipped. Start that release again"
        )
        if self._told_of != batch.seq:
            self._told_of = batch.seq
            tell("edge", words)
        return LogError(words)

    def _shipped(self, offset: int) -> None:
        self.shipped_offset = offset
        for waited_for in [waited_for for waited_for in self._waiting if waited_for <= offset]:
            self._waiting.pop(waited_for).set_result(None)

    def _save(self) -> None:
        """Not synced: after a power cut it may be old or empty, and some batches are shipped again."""
        self._saved_s = self._clock.monotonic_s()
        self._unlink()
        unfinished = self._folder / f"{CURSOR}.new"
        try:
            unfinished.write_text(str(self.shipped_offset), "utf-8")
            unfinished.rename(self._folder / CURSOR)
        except OSError as error:  # the disk is full: a crash now costs more that is shipped again, nothing else
            tell("edge", f"how far the log is shipped cannot be kept: {error.strerror}")

    def _unlink(self) -> None:
        if unlink_shipped(self._folder, self.shipped_offset):
            self._reader.forget_unlinked()
            if self._ballast is not None:
                self._ballast.hold()

    async def confirm(self, offset: int) -> None:
        """Returns once the brokers have the batch at this edge offset, or after half a second; at once while they are
        slow or away.
        """
        if self.shipped_offset >= offset or self.is_behind:
            return
        waited_for = self._waiting.setdefault(offset, asyncio.get_running_loop().create_future())
        done, _ = await asyncio.wait([waited_for], timeout=CONFIRM_S_MAX)
        self.is_behind = self.is_behind or not done

    async def close(self) -> None:
        """Keeps the cursor, and closes the log and the writer. `run` must have been cancelled."""
        self._save()
        self._reader.close()
        await self._writer.close()


def _apart(pause_s: float) -> float:
    """A part of the pause, so that edges do not knock at the same time."""
    return pause_s * random.uniform(0.5, 1)  # noqa: S311 - nobody's secret


def in_order(portion: list[Sequenced]) -> list[Sequenced]:
    """The first batches of a portion that may go together: a command goes once all that was sealed before it is
    acknowledged, since it may say something of that, as a deletion does.
    """
    _, first = next(groupby(portion, lambda batch: batch.append.topic == COMMANDS.name), (None, iter(())))
    return list(first)


def _is_known(batch: Sequenced) -> bool:
    return batch.append.topic in TOPICS


def _bytes(portion: list[Sequenced]) -> int:
    return sum(len(value) for batch in portion for value in batch.append.values)


def by_partition(portion: list[Sequenced]) -> list[Append]:
    """One append a partition, each with its batches in the order they were sealed."""
    values: defaultdict[tuple[str, int], list[bytes]] = defaultdict(list)
    for batch in portion:
        values[batch.append.topic, batch.append.partition] += batch.append.values
    return [Append(topic, partition, batches) for (topic, partition), batches in values.items()]


def _saved_cursor(folder: Path) -> int:
    try:
        return int((folder / CURSOR).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return 0
