"""One SQLite file of a log: record batches, each under one checksum. One process writes a file, any number read it."""

import sqlite3
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from tilde.eventlog.logfile_tables import Tail, Tails, begin, connect, create, log_error
from tilde.eventlog.port import Append, CorruptError, OffsetOutOfRangeError, Record

_NOT_WHOLE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# From the batch that holds the offset on, which may begin before it.
_READ = """
SELECT first_offset, crc, lengths, body FROM batch
WHERE topic = ? AND partition = ? AND first_offset >= coalesce(
    (SELECT max(first_offset) FROM batch WHERE topic = ? AND partition = ? AND first_offset <= ?), 0
) AND first_offset + records > ?
ORDER BY first_offset
"""
_READ_AFTER = "SELECT seq, topic, partition, crc, lengths, body FROM batch WHERE seq > ? ORDER BY seq"


class Sequenced(NamedTuple):
    """A batch as it was appended, with its place in the file's one order over all partitions."""

    seq: int
    append: Append


class LogFile:
    """Appends to and reads one file. Raises LogError where SQLite cannot, CorruptError on a bad checksum.

    `tails`: where every partition stands that has any; known to the writer only.
    """

    def __init__(self, path: Path, *, writes: bool) -> None:
        self.path = path
        try:
            if writes:
                create(path)
            self.db = connect(path, writes=writes)
            self.tails = self._read_tails() if writes else {}
            self.next_seq = (self.newest_seq() or 0) + 1
        except sqlite3.Error as cause:
            raise log_error(path, cause) from cause

    def _read_tails(self) -> dict[tuple[str, int], Tail]:
        tails = {
            (topic, partition): Tail(offset, last_seq)
            for topic, partition, offset, last_seq in self.db.execute("SELECT * FROM start")
        }
        newest = "SELECT topic, partition, max(first_offset + records), max(seq) FROM batch GROUP BY topic, partition"
        for topic, partition, end, seq in self.db.execute(newest):
            tails[topic, partition] = Tail(end, seq)
        return tails

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What SQLite says inside is told as LogError or CorruptError."""
        try:
            yield
        except sqlite3.Error as cause:
            if getattr(cause, "sqlite_errorcode", None) in _NOT_WHOLE:
                raise CorruptError(f"{self.path} is damaged: {cause}") from cause
            raise log_error(self.path, cause) from cause

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is durable when the block ends, or nothing of it is there."""
        before = dict(self.tails), self.next_seq
        try:
            self.db.execute("BEGIN IMMEDIATE")
            yield
            self.db.execute("COMMIT")
        except BaseException as cause:
            self.tails, self.next_seq = before
            if self.db.in_transaction:
                with suppress(sqlite3.Error):  # the failure that was first is the one to tell
                    self.db.execute("ROLLBACK")
            if isinstance(cause, sqlite3.Error):
                raise log_error(self.path, cause) from cause
            raise

    def append(self, appends: Sequence[Append], **meta: int | str) -> list[int]:
        """Appends in one transaction, or inside the one that is open, with named values that go along; returns the
        first offset of each.
        """
        if not self.db.in_transaction:
            with self.transaction():
                return self.append(appends, **meta)
        rows = self._rows(appends)
        self.db.executemany("INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        for append, row in zip(appends, rows, strict=True):
            self.tails[append.topic, append.partition] = Tail(row[3] + row[4], row[0])
        self.next_seq += len(rows)
        if meta:
            self.set_meta(**meta)
        return [row[3] for row in rows]

    def _rows(self, appends: Sequence[Append]) -> list[tuple[int, str, int, int, int, int, bytes | None, bytes]]:
        rows = []
        ends = {key: tail.end for key, tail in self.tails.items()}
        for seq, append in enumerate(appends, self.next_seq):
            key = append.topic, append.partition
            first = ends.get(key, 0)
            count = len(append.values)
            ends[key] = first + count
            lengths = None if count == 1 else array("I", map(len, append.values)).tobytes()
            body = append.values[0] if count == 1 else b"".join(append.values)
            crc = _crc(lengths, body)
            rows.append((seq, append.topic, append.partition, first, count, crc, lengths, body))
        return rows

    def read(self, topic: str, partition: int, offset: int, bytes_max: int) -> list[Record]:
        """The records from `offset` on, as LogReader.read has it."""
        with self.reading():
            records = self._read(topic, partition, offset, bytes_max)
            if records and records[0].offset == offset:
                return records
            end = self.end_offset(topic, partition)
            if not records and offset == end:
                return []
            if not records and self.start_offset(topic, partition) <= offset < end:
                return self.read(topic, partition, offset, bytes_max)  # appended since the first look
        raise OffsetOutOfRangeError(f"{self.path.name}: {topic}/{partition} has no offset {offset}")

    def _read(self, topic: str, partition: int, offset: int, bytes_max: int) -> list[Record]:
        records: list[Record] = []
        # An open read keeps the log from checkpointing, so it is closed whatever happens.
        with closing(self.db.execute(_READ, (topic, partition, topic, partition, offset, offset))) as rows:
            for first, crc, lengths, body in rows:
                is_whole = _crc(lengths, body) == crc
                if records and (len(body) > bytes_max or not is_whole):
                    break
                if not is_whole:
                    where = f"{topic}/{partition} at offset {first}"
                    raise CorruptError(f"{self.path} is damaged: {where}: checksum does not match")
                records += _split(first, lengths, body)[max(0, offset - first) :]
                bytes_max -= len(body)
                if records and bytes_max < 0:
                    return _within(records, bytes_max + len(body))
        return records

    def read_after(self, seq: int, bytes_max: int) -> list[Sequenced]:
        """The batches of all partitions behind `seq`, in the order appended: at least one, about `bytes_max` in all."""
        batches: list[Sequenced] = []
        with self.reading(), closing(self.db.execute(_READ_AFTER, (seq,))) as rows:
            for at, topic, partition, crc, lengths, body in rows:
                if _crc(lengths, body) != crc:
                    if batches:
                        break
                    raise CorruptError(f"{self.path} is damaged: batch {at}: checksum does not match")
                values = [record.value for record in _split(0, lengths, body)]
                batches.append(Sequenced(at, Append(topic, partition, values)))
                bytes_max -= len(body)
                if bytes_max <= 0:
                    break
        return batches

    def start_offset(self, topic: str, partition: int) -> int:
        """The offset this file's part of the partition begins with."""
        with self.reading():
            row = self.db.execute(
                "SELECT offset FROM start WHERE topic = ? AND partition = ?", (topic, partition)
            ).fetchone()
        return row[0] if row else 0

    def end_offset(self, topic: str, partition: int) -> int:
        """The offset behind the last record."""
        with self.reading():
            row = self.db.execute(
                "SELECT first_offset + records FROM batch WHERE topic = ? AND partition = ?"
                " ORDER BY first_offset DESC LIMIT 1",
                (topic, partition),
            ).fetchone()
            return row[0] if row else self.start_offset(topic, partition)

    def ends(self) -> dict[tuple[str, int], int]:
        """The offset that the next record of each partition gets; known to the writer only."""
        return {where: tail.end for where, tail in self.tails.items()}

    def begin_anew(self, tails: Tails, meta: Mapping[str, int | str]) -> None:
        """As `create`, for a file that nothing was appended to."""
        with self.transaction():
            begin(self.db, tails, meta)
        self.tails = dict(tails)

    def newest_seq(self) -> int | None:
        """The sequence number of the last batch; None where there is none."""
        with self.reading():
            newest: int | None = self.db.execute("SELECT max(seq) FROM batch").fetchone()[0]
        return newest

    def meta(self, name: str, default: int | str | None = None) -> int | str | None:
        """A named value that is kept beside the batches."""
        with self.reading():
            row = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else default

    def all_meta(self) -> dict[str, int | str]:
        """Every named value."""
        with self.reading():
            return dict(self.db.execute("SELECT name, value FROM meta").fetchall())

    def set_meta(self, **values: int | str) -> None:
        """Keeps named values; durable with the transaction that is open."""
        with self.reading():
            self.db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def drop_before(self, topic: str, partition: int, offset: int, batches_max: int) -> int:
        """Deletes at most `batches_max` batches that end at or below `offset`; returns how many. For outputs only."""
        with self.transaction():
            dropped = self.db.execute(
                "DELETE FROM batch WHERE seq IN (SELECT seq FROM batch WHERE topic = ? AND partition = ?"
                " AND first_offset + records <= ? ORDER BY first_offset LIMIT ?)",
                (topic, partition, offset, batches_max),
            ).rowcount
            if dropped:
                kept = self.db.execute(
                    "SELECT min(first_offset) FROM batch WHERE topic = ? AND partition = ?", (topic, partition)
                ).fetchone()[0]
                start = offset if kept is None else kept
                self.db.execute("INSERT OR REPLACE INTO start VALUES (?, ?, ?, -1)", (topic, partition, start))
        return dropped

    def close(self) -> None:
        """Closes the connection."""
        self.db.close()


def _crc(lengths: bytes | None, body: bytes) -> int:
    return crc32(body, crc32(lengths or b""))


def _split(first: int, lengths: bytes | None, body: bytes) -> list[Record]:
    if lengths is None:
        return [Record(first, body)]
    ends = accumulate(array("I", lengths), initial=0)
    return list(map(Record._make, enumerate([body[start:end] for start, end in pairwise(ends)], first)))


def _within(records: list[Record], bytes_max: int) -> list[Record]:
    """The first records, as many as fit, and one at least."""
    ends = accumulate(len(record.value) for record in records)
    return records[: max(1, sum(end <= bytes_max for end in ends))]
