"""Group commit: nobody is answered before the commit, and a busy group waits for others only so long."""

import asyncio
import selectors
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from producers.edge.edge_log import EdgeLog
from producers.edge.event_writer import EventPlace
from producers.edge.sealer import BUSY_EVENTS, EVENTS_OF_TURN, GATHER_S, LULL_S, Sealer
from testkit.builders import NOON_MS, a_command
from testkit.example_topic import EXAMPLES, example_posted, known
from testkit.waiting import PATIENCE_S
from tilde.domain.catalog.edges import StartEdge
from tilde.domain.catalog.entries import Action
from tilde.domain.catalog.state import Catalog
from tilde.domain.catalog.stats import DeleteStats
from tilde.domain.log.identity import EventIds
from tilde.domain.log.versions import EVENTS_MAX
from tilde.eventlog import Append, LogError
from tilde.eventlog.segments import SegmentReader
from tilde.schemas.codec import decode, event_encoder
from tilde.schemas.hot import long, posted_name, sealed_batch, stat_posted
from tilde.schemas.records import command_of, command_record
from tilde.schemas.registry import Schema
from tilde.schemas.topics import COMMANDS, STATS, Topic

NAME = posted_name(1, 77, "counter", "signups")


def an_event(event_id: int) -> bytes:
    return stat_posted(event_id, NAME, 1.0, None, long(NOON_MS))


def a_command_event(action: Action) -> tuple[Schema, bytes]:
    """The version of the batch's schema that a command needs, and its body."""
    return event_encoder(COMMANDS.subject)(command_record(a_command(action)))


class HeldLog(EdgeLog):
    """An edge's log whose appends begin, and commit only when `go` is set."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 0)
        self.has_begun = threading.Event()
        self.go = threading.Event()

    def append(self, batches: Sequence[Append], last_event_id: int) -> list[int]:
        self.has_begun.set()
        assert self.go.wait(PATIENCE_S)
        return super().append(batches, last_event_id)


def in_the_log(folder: Path) -> list[int]:
    """The ids of all events, as somebody else reads them."""
    reader = SegmentReader(folder)
    records = [record for p in range(STATS.partitions) for record in reader.read(STATS.name, p, 0, 1 << 30)]
    reader.close()
    return sorted(event["id"] for record in records for event in decode(record.value, STATS.subject)["events"])


# Acknowledged is durable.


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[HeldLog]:
    log = HeldLog(tmp_path)
    yield log
    log.close()


@pytest.fixture
async def sealer(log: HeldLog) -> AsyncIterator[Sealer]:
    sealer = Sealer(log, EventIds(0), Catalog())
    yield sealer
    log.go.set()
    await sealer.close()


async def begun(log: HeldLog) -> None:
    """Returns when a commit has begun, and the event loop has had time to do what it should not."""
    assert await asyncio.to_thread(log.has_begun.wait, PATIENCE_S)
    for _ in range(20):
        await asyncio.sleep(0)


async def test_nobody_is_answered_before_the_commit_is_done(tmp_path: Path, log: HeldLog, sealer: Sealer) -> None:
    """The rule that all else stands on: a post that was answered is in the file."""
    event_id = sealer.ids.next(NOON_MS)
    sealer.writer(STATS).post(3, an_event(event_id))
    waiting = [asyncio.ensure_future(sealer.writer(STATS).durable()) for _ in range(2)]

    await begun(log)
    assert not any(one.done() for one in waiting)
    assert in_the_log(tmp_path) == []

    log.go.set()
    await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE_S)
    assert in_the_log(tmp_path) == [event_id]
    assert log.last_event_id == event_id


async def test_what_precedes_a_commit_is_done_before_it_and_fails_its_group(
    tmp_path: Path, log: HeldLog, sealer: Sealer
) -> None:
    """What an event needs is durable before the event is; where it cannot be, nobody is told that the event is."""
    seen: list[tuple[list[int], str]] = []
    trouble = [LogError("no room for a key")]

    def precede() -> None:
        seen.append((in_the_log(tmp_path), threading.current_thread().name))
        if trouble:
            raise trouble.pop()

    given_up: list[LogError] = []
    sealer.precede(precede, given_up.append, [STATS])
    log.go.set()
    sealer.writer(STATS).post(3, an_event(1))
    with pytest.raises(LogError, match="no room for a key"):
        await asyncio.wait_for(sealer.writer(STATS).durable(), PATIENCE_S)
    sealer.writer(STATS).post(3, an_event(2))
    await asyncio.wait_for(sealer.writer(STATS).durable(), PATIENCE_S)

    assert seen == [([], "edge-log"), ([], "edge-log")]
    assert list(map(str, given_up)) == ["no room for a key"]
    assert in_the_log(tmp_path) == [2]


async def test_a_group_that_needs_nothing_of_it_waits_for_nothing(tmp_path: Path, log: HeldLog, sealer: Sealer) -> None:
    """Where keyholders' keys cannot be written, numbers for stats can."""

    def precede() -> None:
        raise LogError("no room for a key")

    given_up: list[LogError] = []
    sealer.precede(precede, given_up.append, [EXAMPLES])
    log.go.set()
    sealer.writer(STATS).post(3, an_event(1))
    await asyncio.wait_for(sealer.writer(STATS).durable(), PATIENCE_S)

    assert given_up == []
    assert in_the_log(tmp_path) == [1]


@pytest.mark.usefixtures("examples")
@pytest.mark.parametrize("needs_it", [True, False])
async def test_the_group_that_is_open_fails_with_it_where_it_may_need_the_same(
    tmp_path: Path, log: HeldLog, sealer: Sealer, needs_it: bool
) -> None:
    """It may have events that name what is given up then. One that has none goes on."""
    begun_, go = threading.Event(), threading.Event()

    def precede() -> None:
        begun_.set()
        assert go.wait(PATIENCE_S)
        if not given_up:
            raise LogError("no room for a key")

    given_up: list[LogError] = []
    sealer.precede(precede, given_up.append, [EXAMPLES])
    log.go.set()
    stats, others = sealer.writer(STATS), sealer.writer(EXAMPLES)
    others.post(1, example_posted(1, 1, ""))
    first = asyncio.ensure_future(others.durable())
    assert await asyncio.to_thread(begun_.wait, PATIENCE_S)
    stats.post(3, an_event(2))
    if needs_it:
        others.post(1, example_posted(3, 1, ""))
    open_ = stats.durable()
    go.set()
    told = await asyncio.wait_for(asyncio.gather(first, open_, return_exceptions=True), PATIENCE_S)
    stats.post(3, an_event(4))
    await asyncio.wait_for(stats.durable(), PATIENCE_S)

    assert [isinstance(each, LogError) for each in told] == [True, needs_it]
    assert len(given_up) == 1
    assert in_the_log(tmp_path) == ([4] if needs_it else [2, 4])
    assert in_topic(tmp_path, EXAMPLES) == []


async def test_a_large_group_is_sealed_in_several_turns(
    tmp_path: Path, log: HeldLog, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In none of them more than keeps the loop for a millisecond. Who comes in meanwhile is in the next group."""
    in_turn: list[int] = [0]

    def sealed(*said: Any) -> bytes:
        in_turn[-1] += len(said[-2])  # the events
        return sealed_batch(*said)

    monkeypatch.setattr("producers.edge.sealer.sealed_batch", sealed)
    log.go.set()
    ids = [sealer.ids.next(NOON_MS) for _ in range(4 * EVENTS_OF_TURN)]
    for event_id in ids:
        sealer.writer(STATS).post(3, an_event(event_id))
    waiting = sealer.writer(STATS).durable()
    turns = 0
    while not log.has_begun.is_set():
        await asyncio.sleep(0)
        in_turn.append(0)
        if turns == 2:
            ids.append(sealer.ids.next(NOON_MS))
            sealer.writer(STATS).post(3, an_event(ids[-1]))
            assert sealer.writer(STATS).durable() is not waiting
        turns += 1
    assert max(in_turn) <= EVENTS_OF_TURN
    await asyncio.wait_for(waiting, PATIENCE_S)
    await asyncio.wait_for(sealer.writer(STATS).durable(), PATIENCE_S)

    assert in_the_log(tmp_path) == ids


async def test_who_comes_in_while_a_commit_runs_waits_for_the_next(
    tmp_path: Path, log: HeldLog, sealer: Sealer
) -> None:
    """Its event is not in the one that runs, so that one's end is not its answer."""
    commits: list[list[int]] = []
    sealer._on_commit = lambda *topics: commits.append(in_the_log(tmp_path))
    sealer.writer(STATS).post(3, an_event(1))
    first = sealer.writer(STATS).durable()
    await begun(log)
    sealer.writer(STATS).post(3, an_event(2))
    second = sealer.writer(STATS).durable()

    log.go.set()
    await asyncio.wait_for(second, PATIENCE_S)

    assert first is not second
    assert first.done()
    assert commits == [[1], [1, 2]]


async def test_a_client_that_is_cancelled_cancels_nobody_else_of_its_group(log: HeldLog, sealer: Sealer) -> None:
    """They all wait for one future, and a task that is cancelled cancels what it waits for."""

    async def post(event_id: int) -> int:
        sealer.writer(STATS).post(3, an_event(event_id))
        await sealer.writer(STATS).durable()
        return event_id

    gone, stays = asyncio.create_task(post(1)), asyncio.create_task(post(2))
    await begun(log)
    gone.cancel()
    log.go.set()

    assert await asyncio.wait_for(stays, PATIENCE_S) == 2
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_bug_fails_its_group_and_holds_up_nobody_else(
    log: HeldLog, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who came in while the commit ran is committed all the same, without another post to start it."""
    append = log.append

    def broken(batches: Sequence[Append], last_event_id: int) -> list[int]:
        monkeypatch.setattr(log, "append", append)
        append(batches, last_event_id)
        raise ZeroDivisionError

    monkeypatch.setattr(log, "append", broken)
    sealer.writer(STATS).post(3, an_event(1))
    first = asyncio.ensure_future(sealer.writer(STATS).durable())
    await begun(log)
    ended = sealer._committing
    sealer.writer(STATS).post(3, an_event(2))
    second = asyncio.ensure_future(sealer.writer(STATS).durable())
    log.go.set()

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(first, PATIENCE_S)
    await asyncio.wait_for(second, PATIENCE_S)
    assert ended is not None
    assert isinstance(ended.exception(), ZeroDivisionError)


async def test_a_command_is_not_answered_before_the_commit_is_done(log: HeldLog, sealer: Sealer) -> None:
    """Its id says where it stands in the log, so it has to stand there."""
    schema, body = a_command_event(StartEdge("e", 1))
    asking = asyncio.create_task(sealer.writer(COMMANDS, schema=schema).placed(0, body))

    await begun(log)
    assert not asking.done()
    assert log.last_offset(COMMANDS.name, 0) == -1

    log.go.set()
    assert await asyncio.wait_for(asking, PATIENCE_S) == EventPlace(log.edge, log.epoch, 1, 0)
    assert log.last_offset(COMMANDS.name, 0) == 1


async def test_who_is_to_be_confirmed_is_not_answered_before_that_either(log: HeldLog) -> None:
    """With TILDE_ACK=broker the commit is not enough; the confirmation is asked for with its last edge offset."""
    asked: list[int] = []
    confirmed = asyncio.Event()

    async def confirm(seq: int) -> None:
        asked.append(seq)
        await confirmed.wait()

    sealer = Sealer(log, EventIds(0), Catalog(), None, confirm)
    log.go.set()
    for partition in (3, 5):
        sealer.writer(STATS).post(partition, an_event(partition))
    waiting = sealer.writer(STATS).durable()
    await begun(log)
    await sealer.close()
    for _ in range(20):
        await asyncio.sleep(0)

    assert (asked, waiting.done()) == ([2], False)
    confirmed.set()
    await asyncio.wait_for(waiting, PATIENCE_S)


# Several topics.


def in_topic(folder: Path, topic: Topic) -> list[tuple[int, dict[str, Any]]]:
    """The batches of a topic, each with its partition."""
    reader = SegmentReader(folder)
    records = [(p, record) for p in range(topic.partitions) for record in reader.read(topic.name, p, 0, 1 << 30)]
    reader.close()
    return [(partition, decode(record.value, topic.subject)) for partition, record in records]


@pytest.fixture
def examples() -> Iterator[None]:
    with known():
        yield


@pytest.mark.usefixtures("examples")
async def test_what_is_left_in_two_topics_is_durable_together(tmp_path: Path, log: HeldLog, sealer: Sealer) -> None:
    """One transaction for both, whichever writer is asked; each batch names the one before it in its own partition."""
    commits: list[set[str]] = []
    sealer._on_commit = lambda *topics: commits.append(set(topics))
    stats, others = sealer.writer(STATS), sealer.writer(EXAMPLES)
    log.go.set()
    for number in (1, 2):
        stats.post(3, an_event(number))
        others.post(3, example_posted(number + 10, number, "größe"))
        await asyncio.wait_for((stats, others)[number % 2].durable(), PATIENCE_S)

    assert commits == [{"stats", "examples"}] * 2
    assert in_the_log(tmp_path) == [1, 2]
    batches = [batch for _, batch in in_topic(tmp_path, EXAMPLES)]
    assert [batch["events"] for batch in batches] == [
        [{"id": 11, "pair": 1, "note": "größe"}],
        [{"id": 12, "pair": 2, "note": "größe"}],
    ]
    assert [(batch["offset"], batch["before"]) for batch in batches] == [(2, -1), (4, 2)]


@pytest.mark.usefixtures("examples")
async def test_nobody_of_a_group_has_its_events_where_the_log_takes_none(
    tmp_path: Path, log: HeldLog, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LogError for the clients of all topics, and nothing of any; the next group of each goes on as before."""
    append = log.append

    def full(batches: Sequence[Append], last_event_id: int) -> list[int]:
        monkeypatch.setattr(log, "append", append)
        raise LogError("full")

    monkeypatch.setattr(log, "append", full)
    log.go.set()
    stats, others = sealer.writer(STATS), sealer.writer(EXAMPLES)
    stats.post(3, an_event(1))
    others.post(1, example_posted(2, 1, ""))
    for waiting in (stats.durable(), others.durable()):
        with pytest.raises(LogError, match="full"):
            await waiting
    others.post(1, example_posted(4, 3, ""))
    await asyncio.wait_for(others.durable(), PATIENCE_S)

    assert in_the_log(tmp_path) == []
    assert [(p, batch["before"], len(batch["events"])) for p, batch in in_topic(tmp_path, EXAMPLES)] == [(1, -1, 1)]


async def test_everybody_gets_the_same_writer_of_a_topic(sealer: Sealer) -> None:
    """So two dialects that post to one topic share its batches."""
    assert sealer.writer(STATS) is sealer.writer(STATS)
    assert sealer.writer(STATS) is not sealer.writer(COMMANDS)


async def test_a_topic_takes_no_event_for_a_partition_that_it_has_not(sealer: Sealer) -> None:
    """It would be read by nobody."""
    with pytest.raises(ValueError, match="commands has no partition 1"):
        sealer.writer(COMMANDS).post(1, b"")


async def test_commands_stand_behind_all_else_of_their_group_each_where_it_was_told(
    tmp_path: Path, log: HeldLog, sealer: Sealer
) -> None:
    """Those that the first version of the schema holds are written as that: an older release reads them as well."""
    old = [a_command_event(StartEdge("e", epoch)) for epoch in (1, 2)]
    new = a_command_event(DeleteStats(1, (7,)))
    log.go.set()
    asking = [
        asyncio.create_task(sealer.writer(COMMANDS, schema=schema).placed(0, body))
        for schema, body in (old[0], new, old[1])
    ]
    await asyncio.sleep(0)
    sealer.writer(STATS).post(3, an_event(1))
    places = await asyncio.wait_for(asyncio.gather(*asking), PATIENCE_S)

    assert [(place.offset, place.at) for place in places] == [(2, 0), (3, 0), (2, 1)]
    assert [schema.version for schema, _ in (*old, new)] == [1, 1, 2]
    batches = [batch for _, batch in in_topic(tmp_path, COMMANDS)]
    assert [(batch["offset"], batch["before"]) for batch in batches] == [(2, -1), (3, 2)]
    actions = [command_of(event).action for batch in batches for event in batch["events"]]
    assert actions == [StartEdge("e", 1), StartEdge("e", 2), DeleteStats(1, (7,))]


async def test_of_more_events_than_a_batch_holds_each_is_told_its_own_place(log: HeldLog, sealer: Sealer) -> None:
    """The batch that it came into, and where in it."""
    schema, body = a_command_event(StartEdge("e", 1))
    log.go.set()
    asking = [sealer.writer(COMMANDS, schema=schema).placed(0, body) for _ in range(EVENTS_MAX + 2)]
    places = await asyncio.wait_for(asyncio.gather(*asking), PATIENCE_S)

    assert [(place.offset, place.at) for place in places] == [
        *((1, at) for at in range(EVENTS_MAX)),
        (2, 0),
        (2, 1),
    ]


# How long a group is open. Here sleeps take no time, and the loop's clock says how long they would have been.


class _Skipping(selectors.DefaultSelector):
    """Where the loop would only wait for a timer, its clock jumps there."""

    skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0 if timeout else timeout)
        if not ready and timeout:
            self.skipped_s += timeout
        return ready


class StillLoop(asyncio.SelectorEventLoop):
    """A loop whose clock moves by sleeps alone."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.skipped_s


class TimedCatalog(Catalog):
    """A catalog that notes when it is asked how far it was read: once for each batch that is sealed."""

    def __init__(self) -> None:
        self.asked_at: list[float] = []

    @property
    def sequence(self) -> int:
        self.asked_at.append(asyncio.get_running_loop().time())
        return 0


def timed(folder: Path, scene: Callable[[Sealer, list[float]], Coroutine[Any, Any, None]]) -> None:
    """Plays a scene with a sealer; the list grows by the time at which each group was closed."""

    async def play() -> None:
        catalog, log = TimedCatalog(), EdgeLog(folder, 0)
        sealer = Sealer(log, EventIds(0), catalog)
        await scene(sealer, catalog.asked_at)
        await sealer.close()
        log.close()

    with asyncio.Runner(loop_factory=StillLoop) as runner:
        runner.run(play())


async def group(sealer: Sealer, events: int) -> None:
    """Posts together, and waits for their commit."""
    for _ in range(events):
        sealer.writer(STATS).post(0, an_event(sealer.ids.next(NOON_MS)))
    await sealer.writer(STATS).durable()


def test_a_post_that_comes_alone_is_not_held_up(tmp_path: Path) -> None:
    """Nor are a few, one group after another, however often."""

    async def scene(sealer: Sealer, closed_at: list[float]) -> None:
        for events in (1, 1, BUSY_EVENTS - 1, 1):
            await group(sealer, events)

        assert closed_at == [0.0] * 4

    timed(tmp_path, scene)


def test_after_a_busy_group_the_next_is_held_up_for_a_lull_and_the_one_after_that_not_at_all(tmp_path: Path) -> None:
    """When nobody comes in for half a millisecond nobody is waited for, and one alone is no longer busy."""

    async def scene(sealer: Sealer, closed_at: list[float]) -> None:
        for events in (BUSY_EVENTS, 1, 1):
            await group(sealer, events)

        assert closed_at == pytest.approx([0, LULL_S, LULL_S])

    timed(tmp_path, scene)


def test_a_group_waits_for_those_who_come_in_one_after_another(tmp_path: Path) -> None:
    """That is what it is held up for: here four come within the time of one lull each."""

    async def scene(sealer: Sealer, closed_at: list[float]) -> None:
        await group(sealer, BUSY_EVENTS)
        groups = []
        for _ in range(3):
            sealer.writer(STATS).post(0, an_event(sealer.ids.next(NOON_MS)))
            groups.append(sealer.writer(STATS).durable())
            await asyncio.sleep(LULL_S * 0.9)
        await groups[-1]

        assert groups[0] is groups[1] is groups[2]
        assert closed_at == pytest.approx([0, 3 * LULL_S])

    timed(tmp_path, scene)


def test_a_group_is_not_held_up_longer_however_many_come_in(tmp_path: Path) -> None:
    """Where somebody comes in all the time there is no lull: it is closed after GATHER_S, at its last look."""

    async def scene(sealer: Sealer, closed_at: list[float]) -> None:
        await group(sealer, BUSY_EVENTS)
        held_up = None
        while len(closed_at) < 2 and asyncio.get_running_loop().time() < 100 * GATHER_S:
            sealer.writer(STATS).post(0, an_event(sealer.ids.next(NOON_MS)))
            held_up = held_up or sealer.writer(STATS).durable()
            await asyncio.sleep(LULL_S / 4)
        assert held_up is not None
        await held_up

        assert closed_at == pytest.approx([0, GATHER_S], abs=LULL_S * 1.01)

    timed(tmp_path, scene)
