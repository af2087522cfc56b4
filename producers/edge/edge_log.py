"""The edge's identity and its own log: whose batches these are, and where offsets and event ids go on after a start;
and the one thread that this log is written in.
"""

import asyncio
import secrets
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from producers.edge.ballast import Ballast
from tilde.domain.log.identity import ID_END, is_plausible
from tilde.errors import TildeError
from tilde.eventlog import Append, DiskFullError, LogError
from tilde.eventlog.segments import SEGMENT_BYTES_MAX, SegmentReader, SegmentWriter
from tilde.schemas.codec import PoisonError, decode
from tilde.schemas.topics import COMMANDS, TOPICS

PROBE_BYTES = 64 << 10


class Adopted(Append):
    """A batch of commands that another process has sealed under a name of its own. This log gives it an offset, but the
    edge does not count it as one of its batches: the next one that the edge seals names the edge's own last batch as
    the one before.
    """

    __slots__ = ()


class CatalogTooOldError(TildeError):
    """The catalog has lost what this edge had read of it: the decider would give the same ids out again, to others."""


def require_catalog(folder: Path, sequence: int) -> None:
    """Raises CatalogTooOldError where a catalog that ends at this sequence is behind what the edge of this folder had
    read of it when it sealed its last batch.
    """
    seen = _catalog_seen(folder)
    if seen > sequence:
        raise CatalogTooOldError(
            f"the catalog ends at entry {sequence}, but posts were taken in after entry {seen}: it was restored from an"
            " older backup, or removed. Bring back the one that belongs to these posts"
        )


def _catalog_seen(folder: Path) -> int:
    reader = SegmentReader(folder)
    try:
        batches = reader.read_after(reader.last_seq() - 1, 1)
    finally:
        reader.close()
    if not batches:
        return 0
    newest = batches[-1].append
    with suppress(PoisonError, KeyError):  # of a newer release, or a topic that only that knows: this one cannot tell
        return int(decode(newest.values[-1], TOPICS[newest.topic].subject)["catalog"])
    return 0


class EdgeLog:
    """Opened once by one process; begins a new epoch, that no other life of this folder has begun or will: one that was
    restored from a backup, or copied, does not know how far the other has counted.

    `trouble`: why the last append failed; None where it succeeded, and before the first. `next_offset`: the edge offset
    of the next batch. `epoch_before`: the last one that this folder knows of.
    """

    def __init__(
        self,
        folder: Path,
        started_ms: int,
        segment_bytes_max: int = SEGMENT_BYTES_MAX,
        ballast: Ballast | None = None,
    ) -> None:
        """`started_ms` is the time, in unix milliseconds; `ballast`, for a log that is shipped, and gets its room back
        by that.
        """
        self.folder = folder
        self._writer = SegmentWriter(folder, segment_bytes_max)
        self._ballast = ballast
        if ballast is not None:
            ballast.hold()
        self.trouble: str | None = None
        self.next_offset = self._writer.next_seq
        self._adopted = int(self._writer.meta("adopted", 0) or 0)  # the last batch of commands that is another's
        self._before_adopted = int(self._writer.meta("before_adopted", -1) or -1)  # our own last one before it
        self.edge = str(self._writer.meta("edge", ""))
        self.epoch_before = int(self._writer.meta("epoch", 0) or 0)
        self.epoch = max(self.epoch_before + 1, started_ms if is_plausible(started_ms) else 0)
        # Kept with the first append: a start writes nothing, and so succeeds on a full disk.
        self._unkept: dict[str, int | str] = {"epoch": self.epoch} if self.edge else self._new_identity()

    def _new_identity(self) -> dict[str, int | str]:
        self.edge = secrets.token_hex(8)
        return {"edge": self.edge, "epoch": self.epoch, "number": -1}

    def become_another_edge(self) -> None:
        """For a folder restored from a backup, or one that has used up its ids: what it goes on to write is another
        edge's, with no batch before.
        """
        self._unkept = {}
        ids = {"last_event_id": 0} if self.last_event_id >= ID_END else {}
        self._writer.begin_segment(keeps_tails=False, **self._new_identity(), **ids)

    @property
    def number(self) -> int:
        """The leased edge number; -1 before the first lease."""
        return int(self._writer.meta("number", -1) or 0)

    def keep_number(self, number: int) -> None:
        """Remembers the lease, for a start without the decider."""
        self._writer.set_meta(number=number)

    @property
    def last_event_id(self) -> int:
        """The last event id that was made durable."""
        return int(self._writer.meta("last_event_id", 0) or 0)

    def last_offset(self, topic: str, partition: int) -> int:
        """The edge offset of this edge's last batch in the partition; -1 for none."""
        tail = self._writer.newest.tails.get((topic, partition))
        last = -1 if tail is None else tail.last_seq
        return self._before_adopted if topic == COMMANDS.name and last == self._adopted else last

    def append(self, batches: Sequence[Append], last_event_id: int) -> list[int]:
        """Appends batches in one transaction; they are durable on return. Raises LogError where it cannot be, and then
        nobody may be told so. What is adopted stands last.
        """
        beside = self._beside_adopted(batches) if batches and isinstance(batches[-1], Adopted) else {}
        try:
            offsets = self._writer.append(batches, last_event_id=last_event_id, **self._unkept, **beside)
        except LogError as error:
            self.trouble = str(error)
            if isinstance(error, DiskFullError) and self._ballast is not None:
                self._ballast.free()
                with suppress(LogError):  # then the full segment cannot go yet; the next append tries again
                    self._writer.begin_segment()
            raise
        self.trouble = None
        self.next_offset += len(batches)
        self._unkept = {}
        self._adopted = beside.get("adopted", self._adopted)
        self._before_adopted = beside.get("before_adopted", self._before_adopted)
        return offsets

    def _beside_adopted(self, batches: Sequence[Append]) -> dict[str, int]:
        """What tells our own last batch of commands from those that are adopted behind it."""
        before = self.last_offset(COMMANDS.name, 0)
        for offset, batch in enumerate(batches, self.next_offset):
            if batch.topic == COMMANDS.name and not isinstance(batch, Adopted):
                before = offset
        return {"adopted": self.next_offset + len(batches) - 1, "before_adopted": before}

    def try_again(self) -> None:
        """Writes, where the last append failed, something as large as a few posts, so that `trouble` is up to date."""
        if self.trouble is None:
            return
        try:
            self._writer.set_meta(probe="0" * PROBE_BYTES)
            self._writer.set_meta(probe="")
        except LogError as error:
            self.trouble = str(error)
        else:
            self.trouble = None

    def close(self) -> None:
        """Closes the file."""
        self._writer.close()


class LogThread:
    """Runs one call at a time, in the order asked. For one event loop. Its end is not waited for when the process ends:
    what was not answered was promised to nobody.

    There and back costs 15 us of CPU; an executor's 45, since it serves more callers than one and more threads.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._asked: SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="edge-log", daemon=True)
        self._thread.start()

    def run(self, call: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        """Has the thread call this; the future has what that returns, or raises."""
        told: asyncio.Future[Any] = self._loop.create_future()
        self._asked.put((partial(call, *arguments), told))
        return told

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            call, told = asked
            try:
                tell = partial(_return, told, call())
            except BaseException as error:  # noqa: BLE001 - it is its caller's
                tell = partial(_raise, told, error)
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                self._loop.call_soon_threadsafe(tell)
            del asked, call, told, tell  # else the last one's would be kept until the next

    def close(self) -> None:
        """Returns when all that was asked is done."""
        self._asked.put(None)
        self._thread.join()


def _return(told: asyncio.Future[Any], result: Any) -> None:
    if not told.done():  # else its caller was cancelled
        told.set_result(result)


def _raise(told: asyncio.Future[Any], error: BaseException) -> None:
    if not told.done():
        told.set_exception(error)
