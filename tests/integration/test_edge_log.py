"""The edge over its own log: what was acknowledged is in it, through full disks, restarts, borders and restores."""

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import orjson
import pytest

from producers.edge.command_desk import CommandDesk, CommandRefusedError
from producers.edge.edge import Edge, open_edge
from producers.edge.edge_log import CatalogTooOldError, EdgeLog, require_catalog
from producers.stathat import routes
from producers.stathat.intake import Intake
from producers.stathat.keys import Keys
from producers.stathat.reasons import Reason
from producers.stats.stat_targets import StatTargets
from producers.stats.stat_writer import StatWriter
from producers.web.app import EdgeApp
from producers.web.front import Front
from producers.web.health import Health, health_router
from producers.web.large_json import JsonReader
from producers.web.measures import EdgeMeasures
from producers.web.query_api import QueryApi
from streams.drivers.partition_fold import PartitionFold
from streams.processors.stats import StatsProcessor
from testkit.asking import Reply, ask
from testkit.builders import NOON_MS, UUID
from testkit.deciding import deciding
from testkit.edges import KEYRING
from testkit.fixed_clock import FixedClock
from testkit.stathat import EZKEY, OK
from testkit.waiting import until_it_holds
from testkit.whole_edge import AWAY, a_query_api
from testkit.wire import Wires
from tilde.data_folder import catalog_path, edge_folder
from tilde.domain.catalog.accounts import CreateAccount
from tilde.domain.catalog.edges import StartEdge
from tilde.domain.catalog.entries import Action
from tilde.domain.catalog.keys import KeyKind
from tilde.domain.catalog.refusals import Refusal
from tilde.domain.catalog.state import Lease
from tilde.domain.log.identity import EventIds
from tilde.domain.log.position import Header, Position
from tilde.errors import TildeError
from tilde.eventlog import DiskFullError, LogError, Record
from tilde.eventlog.bell import Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.segments import SegmentReader, SegmentWriter, segment_paths
from tilde.eventlog.sqlite import SqliteLog
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import cancel
from tilde.schemas.codec import decode
from tilde.schemas.topics import STATS

NAMES = [f"stat {number}" for number in range(40)]


class RunningEdge(NamedTuple):
    """An edge, its application, and who counts for it."""

    edge: Edge
    app: EdgeApp
    intake: Intake

    async def post(self, name: str, count: int = 1) -> Reply:
        return await ask(self.app, "GET", f"/ez?ezkey={EZKEY}&stat={name.replace(' ', '+')}&count={count}")

    async def post_all(self, counts: Sequence[int]) -> list[int]:
        """Posts at once, over all partitions; returns the counts that were acknowledged."""
        replies = await asyncio.gather(*(self.post(NAMES[count % len(NAMES)], count) for count in counts))
        return [count for count, reply in zip(counts, replies, strict=True) if reply.body == OK]


@asynccontextmanager
async def running(
    data: Path, clock: FixedClock, segment_bytes_max: int = 64 << 20, log: type[SqliteLog] = SqliteLog
) -> AsyncIterator[RunningEdge]:
    """An edge on a data folder with a decider beside it; the first one makes the account."""
    bell = Bell(data / "bell.sock", serves=False)
    async with deciding(data, bell, clock), AsyncExitStack() as stack:
        reader = log(data, bell=bell)
        stack.push_async_callback(reader.close)
        own = EdgeLog(edge_folder(data), clock.now_ms(), segment_bytes_max)
        edge = await open_edge(own, reader, KEYRING, clock, bell.ring)
        stack.push_async_callback(edge.close)
        if not edge.follower.catalog.accounts:
            await edge.desk.ask(CreateAccount("shop", (KEYRING.store(KeyKind.EZKEY, EZKEY),), UUID, ""))
        keys = Keys(edge.follower, edge.keys, KEYRING)
        targets = StatTargets(edge.follower, spreads=True)
        intake = Intake(keys, targets, StatWriter(edge.sealer.writer, edge.ids), edge.receipts)
        app = EdgeApp(openapi_url=None)
        json = JsonReader()
        await stack.enter_async_context(json.opened())
        app.include_router(routes.router(intake, json, 200, lenient_keys=False))
        app.add_lane(routes.ez_lane(intake))
        yield RunningEdge(edge, app, intake)


class Sealed(NamedTuple):
    """One batch of topic `stats` as somebody else reads it."""

    offset: int
    header: Header
    ids: list[int]
    counts: list[int]


def batches(folder: Path, partition: int) -> Iterator[Sealed]:
    """Every batch of a partition, over all segments."""
    reader = SegmentReader(folder)
    offset = 0
    while records := reader.read(STATS.name, partition, offset, 1 << 20):
        for record in records:
            message = decode(record.value, STATS.subject)
            header = Header.of_batch(message)
            events = message["events"]
            yield Sealed(record.offset, header, [one["id"] for one in events], [int(one["number"]) for one in events])
        offset += len(records)
    reader.close()


def counts(data: Path) -> list[int]:
    """The numbers of all events in the log, sorted."""
    folder = edge_folder(data)
    return sorted(n for partition in range(STATS.partitions) for one in batches(folder, partition) for n in one.counts)


def points(records: Sequence[Sequence[Record]]) -> list[int]:
    """What a processor makes of the raw partitions: the numbers of all points, sorted. Raises HoleError."""
    numbers = []
    for partition, ours in enumerate(records):
        fold = PartitionFold(StatsProcessor(), partition, Position())
        for record in ours:
            fold.take(record)
        numbers += [int(decode(point, "point")["number"]) for point in fold.drain()["points"]]
    return sorted(numbers)


def raw(data: Path) -> list[list[Record]]:
    """The raw partitions of an edge's log."""
    reader = SegmentReader(edge_folder(data))
    partitions: list[list[Record]] = [[] for _ in range(STATS.partitions)]
    for partition, read in enumerate(partitions):
        while more := reader.read(STATS.name, partition, len(read), 1 << 20):
            read += more
    reader.close()
    return partitions


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON_MS)


# Group commit.


async def test_an_acknowledged_post_is_in_the_file_when_it_is_answered(tmp_path: Path, clock: FixedClock) -> None:
    """Read through a connection of its own, at the moment of the answer."""

    async def post(count: int) -> bool:
        reply = await one.post(NAMES[count % len(NAMES)], count)
        return reply.body == OK and count in counts(tmp_path)

    async with running(tmp_path, clock) as one:
        assert all(await asyncio.gather(*(post(count) for count in range(60))))


async def test_posts_that_come_together_are_committed_together(tmp_path: Path, clock: FixedClock) -> None:
    """One transaction for a group, one batch a partition: 400 posts are a few dozen batches."""
    async with running(tmp_path, clock) as one:
        await one.post_all(range(400))
        batches_written = one.edge.log.next_offset

    assert counts(tmp_path) == list(range(400))
    assert batches_written < 100


async def test_a_group_of_more_than_500_events_is_several_batches_each_naming_the_one_before(
    tmp_path: Path, clock: FixedClock
) -> None:
    """A version has room for 512 places in a batch; without the chain a lost batch would not be noticed."""
    async with running(tmp_path, clock) as one:
        replies = await asyncio.gather(*(one.post("signups", count) for count in range(1200)))

    assert all(reply.body == OK for reply in replies)
    assert counts(tmp_path) == list(range(1200))
    ours = [batch for p in range(STATS.partitions) for batch in batches(edge_folder(tmp_path), p)]
    assert max(len(batch.ids) for batch in ours) == 500
    assert [batch.header.before for batch in ours] == [-1, *(batch.header.edge_offset for batch in ours[:-1])]


async def test_a_json_batch_over_all_partitions_is_one_transaction(tmp_path: Path, clock: FixedClock) -> None:
    """All of it is there, or nothing: here its last partition does not fit any more."""
    items = ",".join(f'{{"stat":"{name}","count":{count}}}' for count, name in enumerate(NAMES * 25))
    async with running(tmp_path, clock) as one:
        db = one.edge.log._writer.newest.db
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0] + 5}")
        body = b'{"ezkey":"EZKEY","data":[' + items.encode() + b"]}"
        reply = await ask(one.app, "POST", "/ez", body, [(b"content-type", b"application/json")])
        assert (reply.status, counts(tmp_path)) == (503, [])

        db.execute("PRAGMA max_page_count = 1000000")
        reply = await ask(one.app, "POST", "/ez", body, [(b"content-type", b"application/json")])
        assert reply.body == b'{"status":200,"msg":"ok","multiple":1000}'
    assert counts(tmp_path) == list(range(1000))


# A full disk.


async def test_a_full_disk_is_503_and_counts_nothing_and_then_it_goes_on(tmp_path: Path, clock: FixedClock) -> None:
    """What was acknowledged is exactly what is there; offsets and the chain of batches have no gap."""
    acknowledged: list[int] = []
    async with running(tmp_path, clock) as one:
        db = one.edge.log._writer.newest.db
        number = 0
        refused = 0
        for extra_pages in (3, 5, 40):
            db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0] + extra_pages}")
            for _ in range(40):
                asked = range(number, number + 30)
                taken = await one.post_all(asked)
                acknowledged += taken
                refused += len(asked) - len(taken)
                number += len(asked)
        db.execute("PRAGMA max_page_count = 1000000")
        acknowledged += await one.post_all(range(number, number + 30))
        taken = one.intake.tally.taken
        reply = await one.post("last", number + 30)

    assert refused > 100
    assert len(acknowledged) > 100
    assert taken == len(acknowledged)
    assert reply.body == OK
    assert counts(tmp_path) == [*sorted(acknowledged), number + 30]
    assert points(raw(tmp_path)) == counts(tmp_path)


async def test_a_client_is_told_so_when_the_disk_is_full(tmp_path: Path, clock: FixedClock) -> None:
    """503 with a Retry-After, also for a pixel: what is not durable is not acknowledged."""
    async with running(tmp_path, clock) as one:
        db = one.edge.log._writer.newest.db
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
        reply = await one.post("s" * 200 + "~" + ",".join("x" * 50 + str(n) for n in range(90)))

    assert (reply.status, reply.body) == (503, b'{"status":503,"msg":"temporarily unavailable"}')
    assert (b"retry-after", b"5") in reply.headers


async def test_whoever_comes_by_the_lane_is_told_so_too_and_then_it_goes_on(tmp_path: Path, clock: FixedClock) -> None:
    """All who waited for the group, each once; on the same connections the next posts are taken."""
    async with running(tmp_path, clock) as one:
        db = one.edge.log._writer.newest.db
        wires = Wires(one.app)
        clients = [wires.open() for _ in range(20)]

        async def told(first: int) -> list[bytes]:
            """Everybody posts a number; the answers' statuses."""
            before = [len(client.written) for client in clients]
            for number, client in enumerate(clients, first):
                client.send(f"GET /ez?ezkey={EZKEY}&stat={'s' * 200}&count={number} HTTP/1.1\r\n\r\n".encode())
            await until_it_holds(
                lambda: all(len(client.written) > at for client, at in zip(clients, before, strict=True))
            )
            return [client.written[at:][:12] for client, at in zip(clients, before, strict=True)]

        assert await told(1) == [b"HTTP/1.1 200"] * 20
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
        assert await told(100) == [b"HTTP/1.1 503"] * 20
        db.execute("PRAGMA max_page_count = 1000000")
        assert await told(200) == [b"HTTP/1.1 200"] * 20
        assert one.intake.tally.taken == 40
        assert one.intake.tally.refused == {Reason.LOG_NOT_WRITABLE: 20}

    assert counts(tmp_path) == [*range(1, 21), *range(200, 220)]


async def health(edge: Edge, intake: Intake, transport: httpx.AsyncBaseTransport) -> tuple[int, dict[str, object]]:
    """What GET /health answers for this edge."""
    app, api = EdgeApp(openapi_url=None), QueryApi(transport)
    measures = EdgeMeasures([intake.tally], lambda: edge.log.next_offset)
    app.include_router(health_router(Health(measures, api, edge.sealer.trouble, lambda: None, Front(), SystemClock())))
    reply = await ask(app, "GET", "/health")
    await api.close()
    return reply.status, orjson.loads(reply.body)


async def test_health_is_503_as_long_as_the_log_cannot_be_written(tmp_path: Path, clock: FixedClock) -> None:
    """It says why in plain words, also while the query API is well; neither a restart nor a post is needed then."""
    well = httpx.ASGITransport(a_query_api)
    wide = "s" * 200 + "~" + ",".join("x" * 50 + str(n) for n in range(90))
    async with running(tmp_path, clock) as one:
        assert await health(one.edge, one.intake, well) == (200, {"status": "ok", "edge": "ok", "pipeline": {}})
        db = one.edge.log._writer.newest.db
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
        assert (await one.post(wide)).status == 503

        status, told = await health(one.edge, one.intake, well)
        assert (status, told["status"], told["pipeline"]) == (503, "not writing", {})
        assert told["edge"] == (
            "its log cannot be written: 00000000000000000001.segment: database or disk is full;"
            " posts get 503 until it can be again"
        )
        status, told = await health(one.edge, one.intake, AWAY)
        assert (status, told["status"]) == (503, "not writing")
        assert told["pipeline"] == {"status": "the query API is not running; try again soon"}

        db.execute("PRAGMA max_page_count = 1000000")
        assert await health(one.edge, one.intake, well) == (200, {"status": "ok", "edge": "ok", "pipeline": {}})
        assert (await one.post(wide)).body == OK


async def test_an_edge_starts_on_a_full_disk_and_says_so(
    tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who posts is told to come again; nothing has to be started again when there is room."""
    async with running(tmp_path, clock) as one:
        await one.post_all(range(5))

    def full(*_: object, **__: object) -> None:
        raise DiskFullError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(SegmentWriter, "append", full)
        patch.setattr(SegmentWriter, "set_meta", full)
        async with running(tmp_path, clock) as one:
            assert (await one.post("a")).status == 503
            status, told = await health(one.edge, one.intake, httpx.ASGITransport(a_query_api))
            assert (status, told["status"]) == (503, "not writing")
            patch.undo()
            assert await one.post_all(range(5, 10)) == list(range(5, 10))

    assert points(raw(tmp_path)) == list(range(10))


async def test_a_catalog_that_is_older_than_the_posts_is_refused(tmp_path: Path, clock: FixedClock) -> None:
    """Without it the ids of an account that it lacks would be given out again: to somebody who then sees its numbers."""
    async with running(tmp_path, clock) as one:
        older = shutil.copytree(tmp_path, tmp_path.with_name("older"), ignore=shutil.ignore_patterns("*.sock"))
        await one.edge.desk.ask(CreateAccount("next", (), UUID, ""))
        await one.post_all(range(5))
    for path in tmp_path.glob("catalog.log*"):
        path.unlink()

    with pytest.raises(CatalogTooOldError, match="ends at entry 0, but posts were taken in after entry 3"):
        require_catalog(edge_folder(tmp_path), 0)
    for path in older.glob("catalog.log*"):
        shutil.copy(path, tmp_path)
    with pytest.raises(CatalogTooOldError, match="ends at entry 2, but posts were taken in after entry 3"):
        async with running(tmp_path, clock):
            pass


async def test_a_segment_that_cannot_be_begun_takes_no_answer_away(tmp_path: Path, clock: FixedClock) -> None:
    """What is durable is acknowledged, whatever comes after it: else clients would send it a second time."""
    async with running(tmp_path, clock, segment_bytes_max=1) as one:
        newest = one.edge.log._writer.newest.path
        for seq in range(50):
            (edge_folder(tmp_path) / f"{seq:020d}.new").mkdir()  # where a segment would be made
        assert await one.post_all(range(5)) == list(range(5))
        assert one.edge.log._writer.newest.path == newest
        for seq in range(50):
            (edge_folder(tmp_path) / f"{seq:020d}.new").rmdir()
        assert await one.post_all(range(5, 10)) == list(range(5, 10))
        assert one.edge.log._writer.newest.path > newest

    assert counts(tmp_path) == list(range(10))
    assert points(raw(tmp_path)) == list(range(10))


# Restarts and borders.


async def test_a_restart_goes_on_where_it_was_over_every_border(tmp_path: Path, clock: FixedClock) -> None:
    """Offsets, edge offsets, event ids, epochs and the chain of `before`: over five starts and some dozens of segments.

    The clock stands still, and goes back once.
    """
    number = 0
    for start in range(5):
        async with running(tmp_path, clock, segment_bytes_max=8_000) as one:
            assert one.edge.log.epoch == NOON_MS + start
            for _ in range(12):
                assert len(await one.post_all(range(number, number + 20))) == 20
                number += 20
        if start == 2:
            clock.advance(-3_600_000)

    folder = edge_folder(tmp_path)
    assert len(segment_paths(folder)) > 10
    assert counts(tmp_path) == list(range(number))
    assert points(raw(tmp_path)) == list(range(number))
    ids = []
    for partition in range(STATS.partitions):
        last = -1
        for at, batch in enumerate(batches(folder, partition)):
            assert batch.offset == at
            assert batch.header.before == last < batch.header.edge_offset
            last = batch.header.edge_offset
            ids += batch.ids
    assert len(set(ids)) == len(ids) == number


async def test_the_newest_segment_alone_says_where_to_go_on(tmp_path: Path, clock: FixedClock) -> None:
    """The others may be gone, shipped to Kafka: nothing starts again from zero."""
    async with running(tmp_path, clock, segment_bytes_max=8_000) as one:
        for number in range(0, 400, 20):
            await one.post_all(range(number, number + 20))
        await one.edge.sealer.close()
        one.edge.log._writer.begin_segment()
        next_seq, last_id = one.edge.log.next_offset, one.edge.ids.last
    before = [
        max((batch.header.edge_offset for batch in batches(edge_folder(tmp_path), p)), default=-1) for p in range(16)
    ]
    for path in segment_paths(edge_folder(tmp_path))[:-1]:
        path.unlink()

    log = EdgeLog(edge_folder(tmp_path), NOON_MS)

    assert (log.next_offset, log.last_event_id, log.epoch) == (next_seq, last_id, NOON_MS + 1)
    assert [log.last_offset(STATS.name, partition) for partition in range(16)] == before
    assert EventIds(log.number, log.last_event_id).next(NOON_MS) > last_id
    log.close()


# A folder restored from a backup.


async def test_a_restored_folder_becomes_another_edge(tmp_path: Path, clock: FixedClock) -> None:
    """Its epoch was used since: it takes a new id and number, its batches have none before, and all counts.

    epoch 1   posts, backup
    epoch 2   posts, all of them shipped; the disk is lost
    restored  posts
    """
    broker = Broker()
    async with running(tmp_path, clock) as one:
        await one.post_all(range(20))
        first = one.edge.log.edge
    backup = shutil.copytree(edge_folder(tmp_path), tmp_path / "backup")
    async with running(tmp_path, clock) as one:
        await one.post_all(range(20, 40))
    broker.ship(tmp_path)
    restore(tmp_path, backup)

    async with running(tmp_path, clock) as one:
        assert (one.edge.log.edge != first, one.edge.log.number) == (True, 1)
        leases = {first: Lease(0, NOON_MS + 1), one.edge.log.edge: Lease(1, one.edge.log.epoch)}
        assert one.edge.follower.catalog.edges == leases
        await one.post_all(range(40, 60))
    broker.ship(tmp_path)

    assert points(broker.partitions) == list(range(60))
    assert len(set(broker.ids())) == 60


async def test_a_folder_restored_within_its_epoch_loses_nothing(tmp_path: Path, clock: FixedClock) -> None:
    """The backup was made while the edge ran, so the epoch it begins was never used; its offsets were.

    epoch 1   posts, backup, posts, all of them shipped; the disk is lost
    epoch 2   posts under edge offsets that stand at the broker already
    """
    broker = Broker()
    backup = tmp_path / "backup"
    async with running(tmp_path, clock) as one:
        await one.post_all(range(20))
        backup.mkdir()
        db = one.edge.log._writer.newest.db
        db.execute(f"VACUUM INTO '{backup / one.edge.log._writer.newest.path.name}'")
        clock.advance(1000)
        await one.post_all(range(20, 200))
        await one.post_all(range(200, 400))
    broker.ship(tmp_path)
    restore(tmp_path, backup)
    clock.advance(1000)

    async with running(tmp_path, clock) as one:
        assert one.edge.log.epoch == NOON_MS + 2000
        await one.post_all(range(400, 420))
    broker.ship(tmp_path)

    assert points(broker.partitions) == list(range(420))
    assert len(set(broker.ids())) == 420


async def test_an_empty_newest_segment_is_no_hindrance(tmp_path: Path, clock: FixedClock) -> None:
    """The backup may end just behind a border: then its newest file has nothing in it but where to go on."""
    broker = Broker()
    async with running(tmp_path, clock) as one:
        await one.post_all(range(20))
        await one.edge.sealer.close()
        one.edge.log._writer.begin_segment()
    backup = shutil.copytree(edge_folder(tmp_path), tmp_path / "backup")
    async with running(tmp_path, clock) as one:
        await one.post_all(range(20, 40))
    broker.ship(tmp_path)
    restore(tmp_path, backup)

    async with running(tmp_path, clock) as one:
        assert one.edge.log.number == 1
        await one.post_all(range(40, 60))
    broker.ship(tmp_path)

    assert points(broker.partitions) == list(range(60))


async def test_a_folder_that_lacks_the_last_command_only_is_noticed_too(tmp_path: Path, clock: FixedClock) -> None:
    """Its next command would have the edge offset of that one, which the catalog knows as done."""
    backup = tmp_path / "backup"
    async with running(tmp_path, clock) as one:
        await one.post_all(range(20))
        backup.mkdir()
        one.edge.log._writer.newest.db.execute(f"VACUUM INTO '{backup / one.edge.log._writer.newest.path.name}'")
        first, next_offset = one.edge.log.edge, one.edge.log.next_offset
        await one.edge.desk.ask(CreateAccount("next", (), UUID, ""))
        assert one.edge.follower.catalog.done[first].offset == next_offset
    restore(tmp_path, backup)

    async with running(tmp_path, clock) as one:
        assert one.edge.log.edge != first


class AwayAtFirst(SqliteLog):
    """A log whose first read fails: the brokers are away while the edge starts."""

    is_away = True

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        if self.is_away:
            self.is_away = False
            raise LogError("the brokers are away")
        return await super().read(topic, partition, offset, bytes_max)


@pytest.mark.parametrize("ran_on", [False, True], ids=["backup of a stopped edge", "backup of a running edge"])
async def test_a_restored_folder_loses_nothing_where_the_catalog_cannot_be_read_at_the_start(
    tmp_path: Path, clock: FixedClock, ran_on: bool
) -> None:
    """Then nothing shows that it was restored. But no two starts have one epoch, whatever a folder remembers: so its
    start is not taken for the one that was decided before, nor its batches for those that were counted.
    """
    broker = Broker()
    backup = tmp_path / "backup"
    async with running(tmp_path, clock) as one:
        await one.post_all(range(20))
        backup.mkdir()
        one.edge.log._writer.newest.db.execute(f"VACUUM INTO '{backup / one.edge.log._writer.newest.path.name}'")
        if ran_on:
            await one.post_all(range(20, 25))
    if not ran_on:
        shutil.rmtree(backup)
        shutil.copytree(edge_folder(tmp_path), backup)
    clock.advance(1000)
    async with running(tmp_path, clock) as one:
        for count in range(25, 45):
            await one.post_all([count])
    broker.ship(tmp_path)
    restore(tmp_path, backup)
    clock.advance(1000)

    async with running(tmp_path, clock, log=AwayAtFirst) as one:
        for count in range(45, 55):
            assert await one.post_all([count]) == [count]
    broker.ship(tmp_path)

    assert set(points(broker.partitions)) >= set(range(45, 55))


async def test_of_two_edges_on_copies_of_one_folder_the_first_ends_and_comes_back_as_another(
    tmp_path: Path, clock: FixedClock
) -> None:
    """Both would give out the same offsets, and one's posts would be taken for repeats of the other's."""
    async with running(tmp_path, clock) as one:
        await one.post_all(range(20))
        shared = one.edge.log.edge
        asking = asyncio.create_task(one.edge.desk.ask(StartEdge(shared, one.edge.log.epoch + 1)))  # as the copy asks
        with pytest.raises(TildeError, match="another process has started with this edge's folder"):
            await one.edge.following  # which the answer ends
        await cancel(asking)
    clock.advance(1000)

    async with running(tmp_path, clock) as again:
        assert again.edge.log.edge != shared
        assert await again.post_all([20]) == [20]


@pytest.mark.parametrize("refusal", [Refusal.NO_EDGE_NUMBER, Refusal.EPOCH_USED])
async def test_an_edge_that_is_refused_a_number_says_so_and_leaves_nothing_open(
    tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, refusal: Refusal
) -> None:
    """Its supervisor starts it again, under a later epoch."""

    async def refuse(self: CommandDesk, action: Action) -> None:
        raise CommandRefusedError(refusal)

    monkeypatch.setattr(CommandDesk, "ask", refuse)
    bell, tasks, threads = Bell(tmp_path / "bell.sock", serves=False), asyncio.all_tasks(), threading.enumerate()
    LogFile(catalog_path(tmp_path), writes=True).close()
    reader, log = SqliteLog(tmp_path, bell=bell), EdgeLog(edge_folder(tmp_path), NOON_MS)
    with pytest.raises(TildeError, match=refusal.value):
        await open_edge(log, reader, KEYRING, clock, bell.ring)
    await reader.close()

    assert asyncio.all_tasks() == tasks
    assert not [thread for thread in threading.enumerate() if thread not in threads and "edge-log" in thread.name]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        log._writer.newest.db.execute("SELECT 1")


class Broker:
    """The raw topic as a forwarder fills it: batches in their order, those of a restored folder a second time."""

    def __init__(self) -> None:
        self.partitions: list[list[Record]] = [[] for _ in range(STATS.partitions)]

    def ship(self, data: Path) -> None:
        for partition, records in zip(self.partitions, raw(data), strict=True):
            partition += [Record(len(partition) + at, record.value) for at, record in enumerate(records)]

    def ids(self) -> Iterator[int]:
        """Event ids; a batch that stands there twice gives them once."""
        for partition in self.partitions:
            for value in {record.value for record in partition}:
                yield from (event["id"] for event in decode(value, STATS.subject)["events"])


def restore(data: Path, backup: Path) -> None:
    shutil.rmtree(edge_folder(data))
    shutil.copytree(backup, edge_folder(data))
