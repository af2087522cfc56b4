"""The SQLite log against a list, through appends, reads, dropped batches and crashes at any moment."""

import contextlib
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tilde.eventlog import Append, OffsetOutOfRangeError, Record
from tilde.eventlog.logfile import LogFile

TOPICS = st.sampled_from(["points", "metrics"])
PARTITIONS = st.integers(0, 2)
VALUES = st.lists(st.binary(max_size=40), min_size=1, max_size=6)
APPENDS = st.lists(st.builds(Append, TOPICS, PARTITIONS, VALUES), min_size=1, max_size=4)


class LogFileMachine(RuleBasedStateMachine):
    """`self.model` holds the values that must be there; `self.starts` the offsets before which they were dropped."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "outputs.g1.log"
        self.file = LogFile(self.path, writes=True)
        self.reader = LogFile(self.path, writes=False)
        self.model: dict[tuple[str, int], list[bytes]] = {}
        self.starts: dict[tuple[str, int], int] = {}
        self.position = 0

    def values(self, topic: str, partition: int) -> list[bytes]:
        return self.model.setdefault((topic, partition), [])

    @rule(appends=APPENDS)
    def append(self, appends: list[Append]) -> None:
        offsets = self.file.append(appends)

        for append, offset in zip(appends, offsets, strict=True):
            values = self.values(append.topic, append.partition)
            assert offset == len(values)
            values += append.values

    @rule(appends=APPENDS, position=st.integers(0, 1 << 40))
    def append_with_a_position(self, appends: list[Append], position: int) -> None:
        """Outputs and position in one transaction, as the embedded driver flushes."""
        with self.file.transaction():
            self.file.append(appends)
            self.file.set_meta(position=position)

        for append in appends:
            self.values(append.topic, append.partition).extend(append.values)
        self.position = position

    @rule(appends=APPENDS)
    def crash_before_the_commit(self, appends: list[Append]) -> None:
        """The process dies in the middle of a transaction: nothing of it is there, and offsets are given out again."""
        self.file.db.execute("BEGIN IMMEDIATE")
        self.file.append(appends)
        self.file.set_meta(position=-1)
        self.file.db.close()
        self.file = LogFile(self.path, writes=True)

    @rule()
    def crash_after_a_commit(self) -> None:
        """The process dies between two transactions; its connection is never closed in order."""
        self.abandoned = self.file
        self.file = LogFile(self.path, writes=True)

    @rule(appends=APPENDS)
    def fail_inside_a_transaction(self, appends: list[Append]) -> None:
        """An error of the caller's takes back what was appended beside it."""
        with contextlib.suppress(ZeroDivisionError), self.file.transaction():
            self.file.append(appends)
            raise ZeroDivisionError

    @rule(topic=TOPICS, partition=PARTITIONS, share=st.floats(0, 1), bytes_max=st.integers(0, 200))
    def read(self, topic: str, partition: int, share: float, bytes_max: int) -> None:
        """Any kept offset is read by another process: the right values, contiguous, within the bound or one."""
        values = self.values(topic, partition)
        start = self.reader.start_offset(topic, partition)
        offset = start + int(share * (len(values) - start))
        records = self.reader.read(topic, partition, offset, bytes_max)

        assert records == [Record(at, values[at]) for at in range(offset, offset + len(records))]
        assert bool(records) == (offset < len(values))
        assert len(records) <= 1 or sum(len(record.value) for record in records) <= bytes_max

    @rule(topic=TOPICS, partition=PARTITIONS, beyond=st.integers(1, 5))
    def read_beyond_the_end(self, topic: str, partition: int, beyond: int) -> None:
        try:
            self.reader.read(topic, partition, len(self.values(topic, partition)) + beyond, 100)
        except OffsetOutOfRangeError:
            return
        raise AssertionError("a read beyond the end must be refused")

    @precondition(lambda self: any(self.model.values()))
    @rule(share=st.floats(0, 1), batches=st.integers(1, 3))
    def drop_old_batches(self, share: float, batches: int) -> None:
        """Retention: whole batches below an offset go, so many at a time, and the start moves up to what is left."""
        (topic, partition), values = next((key, values) for key, values in self.model.items() if values)
        offset = int(share * len(values))
        before = self.reader.start_offset(topic, partition)
        self.file.drop_before(topic, partition, offset, batches)

        start = self.reader.start_offset(topic, partition)
        assert before <= start <= max(before, offset)
        self.starts[topic, partition] = start

    @invariant()
    def everything_is_there(self) -> None:
        for (topic, partition), values in self.model.items():
            start = self.starts.get((topic, partition), 0)
            assert self.reader.start_offset(topic, partition) == start
            assert self.reader.end_offset(topic, partition) == len(values)
            records = self.reader.read(topic, partition, start, 1 << 20)
            assert [record.value for record in records] == values[start:]
        assert (self.reader.meta("position") or 0) == self.position

    def teardown(self) -> None:
        if hasattr(self, "file"):
            self.file.close()
            self.reader.close()
            if hasattr(self, "abandoned"):
                self.abandoned.close()
            self.folder.cleanup()


LogFileMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25)
TestLogFile = LogFileMachine.TestCase
