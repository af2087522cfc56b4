"""A log in files of bounded size: an edge's own. The newest file takes the appends; older ones are only read, or
unlinked.

A file is named after the sequence number its first batch has, so names sort by age. The newest is never unlinked: it
says where offsets, sequence numbers and identities go on. A sequence number is what the edge calls its offset.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from tilde.eventlog.logfile import LogFile, Sequenced
from tilde.eventlog.logfile_tables import Tail, Tails, create
from tilde.eventlog.port import Append, CorruptError, LogError, OffsetOutOfRangeError, Record

SEGMENT_BYTES_MAX = 64 << 20
SUFFIX = ".segment"


def segment_paths(folder: Path) -> list[Path]:
    """The segments of a folder, oldest first. A file whose name is no number is somebody else's."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.stem.isdecimal() and path.stem.isascii())


def _path(folder: Path, first_seq: int) -> Path:
    return folder / f"{first_seq:020d}{SUFFIX}"


def _first_seq(path: Path) -> int:
    return int(path.stem)


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _last_seq(file: LogFile) -> int:
    """The sequence number of a segment's last batch, or of the one before it where it is empty."""
    return file.newest_seq() or _first_seq(file.path) - 1


def _created(path: Path, tails: Tails, meta: Mapping[str, int | str]) -> LogFile:
    """A new segment, open. Where it cannot be, it is not there: one that stood unused would hide what the old one
    goes on to take.
    """
    try:
        create(path, tails, meta)
        return LogFile(path, writes=True)
    except LogError:
        _unlink(path)
        raise


def _unlink(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def unlink_shipped(folder: Path, shipped_seq: int) -> list[Path]:
    """Removes the segments whose batches are all at or below `shipped_seq`; never the newest. Returns those removed."""
    paths = segment_paths(folder)
    shipped = [path for path, newer in pairwise(paths) if _first_seq(newer) <= shipped_seq + 1]
    for path in shipped:
        _unlink(path)
    return shipped


class SegmentWriter:
    """Appends to the `newest` segment and begins the next one when it is full. One process, one thread at a time."""

    def __init__(self, folder: Path, bytes_max: int = SEGMENT_BYTES_MAX) -> None:
        self._folder = folder
        self._bytes_max = bytes_max  # of values; the file is a little larger
        paths = segment_paths(folder)
        self.newest = LogFile(paths[-1] if paths else _path(folder, 1), writes=True)
        self.newest.next_seq = max(self.newest.next_seq, _first_seq(self.newest.path))
        self._bytes = self.newest.path.stat().st_size

    @property
    def next_seq(self) -> int:
        """The sequence number of the next batch: the edge offset."""
        return self.newest.next_seq

    def append(self, appends: Sequence[Append], **meta: int | str) -> list[int]:
        """Appends all in one transaction, with named values that go along; returns the first offset of each. Raises
        LogError.
        """
        offsets = self.newest.append(appends, **meta)
        for append in appends:
            self._bytes += sum(map(len, append.values))
        if self._bytes >= self._bytes_max:
            with suppress(LogError, CorruptError):  # these are durable, whatever comes now; the next append tries again
                self.begin_segment()
        return offsets

    def begin_segment(self, *, keeps_tails: bool = True, **meta: int | str) -> None:
        """Goes on in a fresh file, with these named values. Without `keeps_tails` its batches have none before them:
        another edge takes over. Raises LogError, and goes on in the old one.
        """
        full = self.newest
        path = _path(self._folder, full.next_seq)
        tails = {key: tail if keeps_tails else Tail(tail.end, -1) for key, tail in full.tails.items()}
        meta = full.all_meta() | meta
        if path == full.path:  # nothing was appended to it: it is the fresh file
            full.begin_anew(tails, meta)
            return
        self.newest = _created(path, tails, meta)
        self.newest.next_seq = full.next_seq
        self._bytes = 0
        full.close()

    def meta(self, name: str, default: int | str | None = None) -> int | str | None:
        """A named value that went along with an append."""
        return self.newest.meta(name, default)

    def set_meta(self, **values: int | str) -> None:
        """Keeps named values, durable on return."""
        with self.newest.transaction():
            self.newest.set_meta(**values)

    def close(self) -> None:
        """Closes the newest segment."""
        self.newest.close()


class SegmentReader:
    """Reads across the segments, those of another process too. Files that appear are found, those that go are
    forgotten.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Path, LogFile] = {}
        self._inodes: dict[Path, int] = {}
        self._open_files: list[LogFile] = []

    def _open(self) -> list[LogFile]:
        """All segments, oldest first. The folder is listed again when the newest has a successor, or is another file
        than it was: a segment that could not be begun is removed, and begun again under the same name.
        """
        newest = self._open_files[-1] if self._open_files else None
        if (
            newest is None
            or _inode(newest.path) != self._inodes[newest.path]
            or _path(self._folder, _last_seq(newest) + 1).exists()
        ):
            self._list()
        return self._open_files

    def _list(self) -> None:
        inodes = {path: inode for path in segment_paths(self._folder) if (inode := _inode(path)) is not None}
        for path in [path for path in self._files if inodes.get(path) != self._inodes[path]]:
            self._files.pop(path).close()
        for path in inodes.keys() - self._files.keys():
            self._files[path] = LogFile(path, writes=False)
        self._inodes = inodes
        paths = list(inodes)
        self._open_files = [self._files[path] for path in paths]

    def forget_unlinked(self) -> None:
        """Lets go of the segments that were unlinked: open, they still take their room on the disk."""
        self._list()

    def read(self, topic: str, partition: int, offset: int, bytes_max: int) -> list[Record]:
        """The records from `offset` on, as LogReader.read has it."""
        files = self._open()
        if not files and offset == 0:
            return []
        for file in reversed(files[1:]):
            if file.start_offset(topic, partition) <= offset:
                return file.read(topic, partition, offset, bytes_max)
        if not files:
            raise OffsetOutOfRangeError(f"{topic}/{partition} has no offset {offset}")
        return files[0].read(topic, partition, offset, bytes_max)  # the oldest says itself where it begins too late

    def read_after(self, seq: int, bytes_max: int) -> list[Sequenced]:
        """The batches of all partitions behind `seq`, in the order appended; [] at the end."""
        files = self._open()
        begun = [at for at, file in enumerate(files) if _first_seq(file.path) <= seq + 1]
        for file in files[begun[-1] if begun else 0 :]:
            if batches := file.read_after(seq, bytes_max):
                return batches
        return []

    def last_seq(self) -> int:
        """The sequence number of the newest batch there is, or was; 0 before the first."""
        files = self._open()
        return _last_seq(files[-1]) if files else 0

    def start_offset(self, topic: str, partition: int) -> int:
        """The first offset of the oldest segment."""
        files = self._open()
        return files[0].start_offset(topic, partition) if files else 0

    def end_offset(self, topic: str, partition: int) -> int:
        """The offset behind the newest segment's last record."""
        files = self._open()
        return files[-1].end_offset(topic, partition) if files else 0

    def close(self) -> None:
        """Closes all files."""
        for file in self._files.values():
            file.close()
        self._files.clear()
