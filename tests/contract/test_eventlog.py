"""What tilde/eventlog/port.py promises, on every adapter: memory, one SQLite file, an edge's segments, real Kafka; and
the two that stand before others.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from testkit.kafka_broker import KafkaBroker
from testkit.memory_log import MemoryLog
from testkit.waiting import PATIENCE_S
from tilde.data_folder import edge_folder, outputs_path
from tilde.eventlog import Append, LogReader, LogWriter, OffsetOutOfRangeError, Record
from tilde.eventlog.bell import Bell
from tilde.eventlog.kafka import KafkaLog, KafkaWriter
from tilde.eventlog.kafka_topics import create_topics
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.mirror import MirroredCatalog
from tilde.eventlog.segments import SegmentWriter, segment_paths
from tilde.eventlog.sqlite import SqliteLog, SqliteWriter
from tilde.eventlog.watched import WatchedLog, WatchedWriter
from tilde.runtime.telling import Outage

MIB = 1 << 20


class SegmentLogWriter:
    """An edge's segments as a LogWriter, with a border after every third append."""

    def __init__(self, folder: Path, bell: Bell) -> None:
        self._writer = SegmentWriter(folder)
        self._bell = bell
        self._appends = 0

    async def append(self, appends: Sequence[Append]) -> list[int]:
        offsets = self._writer.append(appends)
        self._appends += 1
        if self._appends % 3 == 0:
            self._writer.begin_segment()
        self._bell.ring("stats")
        return offsets

    async def close(self) -> None:
        self._writer.close()


@dataclass
class Place:
    """Where a log lives: `open` gives a writer and a reader of it, as often as wanted. Tests write to `topic`."""

    name: str
    topic: str
    open: Callable[[], Awaitable[tuple[LogWriter, LogReader]]]


def in_memory() -> Place:
    log = MemoryLog()

    async def open_() -> tuple[LogWriter, LogReader]:
        return log, log

    return Place("memory", "points", open_)


def in_sqlite(folder: Path) -> Place:
    async def open_() -> tuple[LogWriter, LogReader]:
        bell = Bell(folder / "bell", serves=True)
        writer = SqliteWriter(LogFile(outputs_path(folder, 1), writes=True), bell)
        return writer, SqliteLog(folder, bell=bell)

    return Place("sqlite", "points", open_)


def in_segments(folder: Path) -> Place:
    async def open_() -> tuple[LogWriter, LogReader]:
        bell = Bell(folder / "bell", serves=True)
        return SegmentLogWriter(edge_folder(folder), bell), SqliteLog(folder, bell=bell)

    return Place("segments", "stats", open_)


def watched() -> Place:
    log, outage = MemoryLog(), Outage("test", "the log")

    async def open_() -> tuple[LogWriter, LogReader]:
        return WatchedWriter(log, outage), WatchedLog(log, outage)

    return Place("watched", "points", open_)


def mirrored(folder: Path) -> Place:
    """An edge's view of `catalog`: each opening has a copy of its own."""
    log, copies = MemoryLog(), itertools.count()

    async def open_() -> tuple[LogWriter, LogReader]:
        return log, MirroredCatalog(log, LogFile(folder / f"copy{next(copies)}", writes=True))

    return Place("mirrored", "catalog", open_)


async def in_kafka(bootstrap: str, generation: int) -> Place:
    """Each generation has output topics of its own, so each test has fresh ones on one broker."""
    await create_topics(bootstrap, generation)

    async def open_() -> tuple[LogWriter, LogReader]:
        return KafkaWriter(bootstrap, generation), KafkaLog(bootstrap, generation)

    return Place("kafka", "points", open_)


@pytest.fixture(scope="module")
def broker() -> Iterator[KafkaBroker]:
    if missing := KafkaBroker.missing():
        pytest.skip(missing)
    with KafkaBroker() as broker:
        yield broker


GENERATIONS = itertools.count(1)


@pytest.fixture(
    params=["memory", "sqlite", "segments", "watched", "mirrored", pytest.param("kafka", marks=pytest.mark.kafka)]
)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    match request.param:
        case "memory":
            return in_memory()
        case "sqlite":
            return in_sqlite(tmp_path)
        case "segments":
            return in_segments(tmp_path)
        case "watched":
            return watched()
        case "mirrored":
            return mirrored(tmp_path)
    return await in_kafka(request.getfixturevalue("broker").bootstrap, next(GENERATIONS))


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


Log = tuple[LogWriter, LogReader]


@pytest.fixture
async def log(place: Place, stack: AsyncExitStack) -> Log:
    return await opened(place, stack)


async def opened(place: Place, stack: AsyncExitStack) -> Log:
    writer, reader = await place.open()
    stack.push_async_callback(writer.close)
    stack.push_async_callback(reader.close)
    return writer, reader


async def read_all(reader: LogReader, topic: str, partition: int, offset: int = 0) -> list[Record]:
    records: list[Record] = []
    while more := await reader.read(topic, partition, offset + len(records)):
        records += more
    return records


async def test_values_are_read_back_at_the_offsets_that_append_returned(place: Place, log: Log) -> None:
    """An append is readable on return, from its first offset on, with contiguous offsets."""
    writer, reader = log

    first = await writer.append([Append(place.topic, 3, [b"a", b"b"])])
    second = await writer.append([Append(place.topic, 3, [b"c"])])

    assert (first, second) == ([0], [2])
    assert await read_all(reader, place.topic, 3) == [Record(0, b"a"), Record(1, b"b"), Record(2, b"c")]
    assert await read_all(reader, place.topic, 3, 1) == [Record(1, b"b"), Record(2, b"c")]


async def test_partitions_are_logs_of_their_own(place: Place, log: Log) -> None:
    """One append may go to several partitions; each has offsets from 0 on, in the order given."""
    writer, reader = log

    offsets = await writer.append(
        [Append(place.topic, 0, [b"a"]), Append(place.topic, 1, [b"b"]), Append(place.topic, 0, [b"c", b"d"])]
    )

    assert offsets == [0, 0, 1]
    assert await read_all(reader, place.topic, 0) == [Record(0, b"a"), Record(1, b"c"), Record(2, b"d")]
    assert await read_all(reader, place.topic, 1) == [Record(0, b"b")]
    assert await read_all(reader, place.topic, 2) == []


async def test_an_empty_partition_reads_as_nothing(place: Place, log: Log) -> None:
    """At the end there is nothing to read, also where nothing was ever appended."""
    _, reader = log

    assert await reader.read(place.topic, 5, 0) == []
    assert await reader.start_offset(place.topic, 5) == 0
    assert await reader.end_offset(place.topic, 5) == 0


async def test_the_end_is_where_the_next_append_goes(place: Place, log: Log) -> None:
    """end_offset says what the next append returns; reading there gives nothing until then."""
    writer, reader = log
    await writer.append([Append(place.topic, 0, [b"a", b"b", b"c"])])

    end = await reader.end_offset(place.topic, 0)

    assert end == 3
    assert await reader.read(place.topic, 0, end) == []
    assert await writer.append([Append(place.topic, 0, [b"d"])]) == [end]
    assert await reader.read(place.topic, 0, end) == [Record(3, b"d")]


async def test_an_offset_beyond_the_end_is_refused(place: Place, log: Log) -> None:
    """Asking for what is not there yet is an error, not an empty answer: a position beyond the end must stop us."""
    writer, reader = log
    await writer.append([Append(place.topic, 0, [b"a"])])

    with pytest.raises(OffsetOutOfRangeError):
        await reader.read(place.topic, 0, 2)
    with pytest.raises(OffsetOutOfRangeError):
        await reader.read(place.topic, 4, 1)

    assert await reader.read(place.topic, 0, 0) == [Record(0, b"a")]


async def test_a_read_gives_no_more_bytes_than_asked_for_but_always_one_record(place: Place, log: Log) -> None:
    """bytes_max bounds a read, except that one record comes whatever its size; nothing is left out."""
    writer, reader = log
    values = [bytes([i]) * 400 for i in range(10)]
    for value in values:
        await writer.append([Append(place.topic, 0, [value])])

    portions = []
    offset = 0
    while records := await reader.read(place.topic, 0, offset, bytes_max=1000):
        portions.append(len(records))
        assert [record.value for record in records] == values[offset : offset + len(records)]
        offset += len(records)

    assert offset == 10
    assert max(portions) == 2
    assert len(await reader.read(place.topic, 0, 4, bytes_max=1)) == 1


async def test_an_append_of_many_values_stands_in_one_piece(place: Place, log: Log) -> None:
    """Thousands of values in one append, of any length, are read back one by one and from any place among them."""
    writer, reader = log
    values = [b"%d" % i * (i % 7) for i in range(5000)]

    await writer.append([Append(place.topic, 0, [b"before"])])
    assert await writer.append([Append(place.topic, 0, values)]) == [1]

    assert [record.value for record in await read_all(reader, place.topic, 0, 1)] == values
    assert (await reader.read(place.topic, 0, 4321))[0] == Record(4321, values[4320])


@pytest.mark.parametrize("length", [0, 1, MIB])
async def test_values_from_nothing_to_one_mebibyte(place: Place, log: Log, length: int) -> None:
    """A value may be empty, or as large as a message may be."""
    writer, reader = log
    value = b"v" * length

    await writer.append([Append(place.topic, 0, [value])])

    assert await reader.read(place.topic, 0, 0) == [Record(0, value)]


async def test_reading_may_go_back_and_forth(place: Place, log: Log) -> None:
    """Any kept offset can be read at any time, in any order, of any partition."""
    writer, reader = log
    for i in range(20):
        await writer.append([Append(place.topic, i % 2, [b"%d" % i])])

    for offset in (9, 0, 5, 5, 2):
        assert (await reader.read(place.topic, 0, offset))[0] == Record(offset, b"%d" % (2 * offset))
        assert (await reader.read(place.topic, 1, offset))[0] == Record(offset, b"%d" % (2 * offset + 1))


async def test_an_append_wakes_who_waits(place: Place, log: Log) -> None:
    """A reader at the end waits without asking again and again, and is woken by the next append."""
    writer, reader = log
    await writer.append([Append(place.topic, 0, [b"a"])])
    await read_all(reader, place.topic, 0)
    await reader.wait(0.01)

    waiting = asyncio.create_task(reader.wait(10 * PATIENCE_S))
    await asyncio.sleep(0)
    await writer.append([Append(place.topic, 0, [b"b"])])
    await asyncio.wait_for(waiting, PATIENCE_S)

    assert await reader.read(place.topic, 0, 1) == [Record(1, b"b")]


async def test_an_append_just_before_the_wait_is_not_slept_through(place: Place, log: Log) -> None:
    """What was appended between the last read and the wait ends the wait at once."""
    writer, reader = log
    await read_all(reader, place.topic, 0)
    await writer.append([Append(place.topic, 0, [b"a"])])

    await asyncio.wait_for(reader.wait(10 * PATIENCE_S), PATIENCE_S)

    assert await reader.read(place.topic, 0, 0) == [Record(0, b"a")]


async def test_a_read_beside_a_wait(place: Place, log: Log) -> None:
    """A reader waits while another task reads with it, as a follower does: the read gives what is there, at once."""
    writer, reader = log
    values = [b"%d" % i for i in range(10)]
    for value in values:
        await writer.append([Append(place.topic, 0, [value])])
    await read_all(reader, place.topic, 0)
    await reader.wait(0.01)

    for offset in [0, 5, 2, 7] * 5:
        waiting = asyncio.create_task(reader.wait(10 * PATIENCE_S))
        await asyncio.sleep(0)
        records = await asyncio.wait_for(reader.read(place.topic, 0, offset), PATIENCE_S)
        waiting.cancel()
        await asyncio.wait([waiting])

        assert records[0] == Record(offset, values[offset])


async def test_a_wait_ends_by_itself(place: Place, log: Log) -> None:
    """Where nothing is appended, a wait ends after its time."""
    writer, reader = log
    await writer.append([Append(place.topic, 0, [b"a"])])
    await read_all(reader, place.topic, 0)
    await reader.wait(0.01)

    await asyncio.wait_for(reader.wait(0.05), PATIENCE_S)

    assert await reader.read(place.topic, 0, 1) == []


async def test_a_log_is_the_same_after_it_was_opened_again(place: Place) -> None:
    """What was appended is there for the next process, and offsets go on where they were."""
    async with AsyncExitStack() as first:
        writer, reader = await opened(place, first)
        await writer.append([Append(place.topic, 0, [b"a", b"b"]), Append(place.topic, 1, [b"c"])])
    async with AsyncExitStack() as second:
        writer, reader = await opened(place, second)

        assert await writer.append([Append(place.topic, 0, [b"d"])]) == [2]
        assert await read_all(reader, place.topic, 0) == [Record(0, b"a"), Record(1, b"b"), Record(2, b"d")]
        assert await read_all(reader, place.topic, 1) == [Record(0, b"c")]


async def test_a_reader_follows_across_many_appends(place: Place, log: Log) -> None:
    """A reader that keeps its place sees every record once and in order, whatever files they came to lie in."""
    writer, reader = log
    seen: list[Record] = []
    for i in range(60):
        await writer.append([Append(place.topic, 0, [b"%d" % i * 1000, b"|"])])
        if i % 7 == 0:
            seen += await read_all(reader, place.topic, 0, len(seen))
    seen += await read_all(reader, place.topic, 0, len(seen))

    assert seen == [Record(2 * i + j, value) for i in range(60) for j, value in enumerate((b"%d" % i * 1000, b"|"))]


async def test_the_segments_of_these_tests_do_cross_borders(tmp_path: Path, stack: AsyncExitStack) -> None:
    """The suite's segment adapter writes several files, else it would prove nothing about borders."""
    writer, _ = await opened(in_segments(tmp_path), stack)
    for _ in range(10):
        await writer.append([Append("stats", 0, [b"v"])])

    assert len(segment_paths(edge_folder(tmp_path))) == 4
