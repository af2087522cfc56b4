"""What producers/edge/event_writer.py promises of an EventWriter, on both: the edge's own log, and the fake that tests
use.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from producers.edge.edge_log import EdgeLog
from producers.edge.event_writer import EventWriter
from producers.edge.sealer import Sealer
from testkit.builders import NOON_MS
from testkit.edges import MemoryWriter
from testkit.sealed import sealed_stats
from testkit.waiting import PATIENCE_S
from tilde.domain.catalog.state import Catalog
from tilde.domain.log.identity import EventIds
from tilde.eventlog import LogError
from tilde.eventlog.segments import SegmentReader
from tilde.schemas.codec import decode
from tilde.schemas.hot import long, posted_name, stat_posted
from tilde.schemas.topics import STATS

NAME = posted_name(1, 77, "counter", "signups")
RECEIVED_AT = long(NOON_MS)


def an_event(event_id: int) -> bytes:
    return stat_posted(event_id, NAME, 1.0, None, RECEIVED_AT)


@dataclass
class Place:
    """A writer, who reads behind it (event ids by partition), a switch that fills its disk, and its end."""

    writer: EventWriter
    read: Callable[[], dict[int, list[int]]]
    fill: Callable[[bool], object]
    close: Callable[[], Coroutine[Any, Any, None]]


def in_memory() -> Place:
    writer = MemoryWriter()

    def read() -> dict[int, list[int]]:
        ids: dict[int, list[int]] = {}
        for partition, event in writer.events:
            (record,) = decode(sealed_stats("e", 1, 1, -1, 0, [event]), STATS.subject)["events"]
            ids.setdefault(partition, []).append(record["id"])
        return ids

    async def close() -> None:
        return

    return Place(writer, read, lambda is_full: setattr(writer, "is_full", is_full), close)


def in_a_file(folder: Path) -> Place:
    log = EdgeLog(folder, 0)
    sealer = Sealer(log, EventIds(0), Catalog())
    db = log._writer.newest.db
    reader = SegmentReader(folder)

    def read() -> dict[int, list[int]]:
        ids: dict[int, list[int]] = {}
        for partition in range(STATS.partitions):
            for record in reader.read(STATS.name, partition, 0, 1 << 30):
                events = decode(record.value, STATS.subject)["events"]
                ids.setdefault(partition, []).extend(event["id"] for event in events)
        return ids

    def fill(is_full: bool) -> None:
        pages = db.execute("PRAGMA page_count").fetchone()[0] if is_full else 1 << 30
        db.execute(f"PRAGMA max_page_count = {pages}")

    async def close() -> None:
        await sealer.close()
        log.close()

    return Place(sealer.writer(STATS), read, fill, close)


@pytest.fixture(params=["memory", "file"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    place = in_memory() if request.param == "memory" else in_a_file(tmp_path)
    yield place
    await place.close()


async def test_what_was_posted_before_the_call_is_durable_when_it_is_done(place: Place) -> None:
    """Read by somebody else, in order, in its partition."""
    for event_id, partition in ((1, 3), (2, 3), (3, 0)):
        place.writer.post(partition, an_event(event_id))

    await place.writer.durable()

    assert place.read() == {3: [1, 2], 0: [3]}


async def test_nothing_is_there_before_it_is_asked_for(place: Place) -> None:
    """Posting never blocks, and promises nothing."""
    place.writer.post(3, an_event(1))

    assert place.read() == {}
    await place.writer.durable()


async def test_where_nothing_was_posted_there_is_nothing_to_wait_for(place: Place) -> None:
    """Before the first post; and after one, once that is durable, not before."""
    await asyncio.wait_for(place.writer.durable(), PATIENCE_S)
    place.writer.post(3, an_event(1))
    first = place.writer.durable()
    await asyncio.sleep(0)  # its group is closed, and being written

    await asyncio.wait_for(place.writer.durable(), PATIENCE_S)

    assert first.done()
    assert place.read() == {3: [1]}


async def test_many_wait_at_once_and_each_finds_its_own_there(place: Place) -> None:
    """Whenever one is answered, its event is in the log."""

    async def post(event_id: int) -> bool:
        for _ in range(event_id % 7):
            await asyncio.sleep(0)
        place.writer.post(event_id % 4, an_event(event_id))
        await place.writer.durable()
        return event_id in place.read()[event_id % 4]

    assert all(await asyncio.gather(*(post(event_id) for event_id in range(1, 201))))
    assert sorted(one for ids in place.read().values() for one in ids) == list(range(1, 201))


async def test_a_full_log_fails_and_takes_nothing(place: Place) -> None:
    """LogError for everybody of that group; nothing of it is there, then or later; it goes on when there is room."""
    place.writer.post(3, an_event(1))
    await place.writer.durable()
    place.fill(True)

    async def post(event_id: int) -> None:
        for _ in range(200):  # more than may be left of the last page
            place.writer.post(5, an_event(event_id))
        await place.writer.durable()

    failed = await asyncio.gather(*(post(event_id) for event_id in range(100, 130)), return_exceptions=True)

    assert [one for one in failed if not isinstance(one, LogError)] == []
    assert place.read() == {3: [1]}
    place.fill(False)
    place.writer.post(3, an_event(2))
    await place.writer.durable()
    assert place.read() == {3: [1, 2]}


async def test_a_failure_that_nobody_waits_for_stops_nothing(place: Place) -> None:
    """Its clients may all have gone."""
    place.fill(True)
    place.writer.post(3, b"x" * (1 << 20))
    waiting = asyncio.ensure_future(place.writer.durable())
    await asyncio.wait([waiting])
    place.fill(False)

    place.writer.post(3, an_event(2))
    await place.writer.durable()

    assert place.read() == {3: [2]}


def test_the_fill_of_these_tests_is_a_full_disk_to_sqlite(tmp_path: Path) -> None:
    """PRAGMA max_page_count gives the very error of a disk without room."""
    db = sqlite3.connect(tmp_path / "x", isolation_level=None)
    db.execute("CREATE TABLE t (a)")
    db.execute("PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.OperationalError) as full:
        db.execute("INSERT INTO t VALUES (zeroblob(100000))")
    db.close()

    assert full.value.sqlite_errorname == "SQLITE_FULL"
