"""Group commit: nobody is answered before the commit, and a busy group waits for others only so long."""

import asyncio
import selectors
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from producers.edge.edge_log import EdgeLog
from producers.edge.sealer import BUSY_EVENTS, GATHER_S, LULL_S, Sealer
from testkit.builders import NOON_MS, a_command
from tilde.domain.catalog.edges import StartEdge
from tilde.domain.catalog.state import CommandId
from tilde.domain.log.identity import EventIds
from tilde.eventlog import Append
from tilde.eventlog.segments import SegmentReader
from tilde.schemas.codec import decode
from tilde.schemas.hot import long, posted_name, stat_posted
from tilde.schemas.topics import COMMANDS, STATS

NAME = posted_name(1, 77, "counter", "signups")
PATIENCE_S = 5


def an_event(event_id: int) -> bytes:
    return stat_posted(event_id, NAME, 1.0, None, long(NOON_MS))


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
    sealer = Sealer(log, EventIds(0), lambda: 0)
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
    sealer.post(3, an_event(event_id))
    waiting = [asyncio.ensure_future(sealer.durable()) for _ in range(2)]

    await begun(log)
    assert not any(one.done() for one in waiting)
    assert in_the_log(tmp_path) == []

    log.go.set()
    await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE_S)
    assert in_the_log(tmp_path) == [event_id]
    assert log.last_event_id == event_id


async def test_who_comes_in_while_a_commit_runs_waits_for_the_next(
    tmp_path: Path, log: HeldLog, sealer: Sealer
) -> None:
    """Its event is not in the one that runs, so that one's end is not its answer."""
    commits: list[list[int]] = []
    sealer._on_commit = lambda *topics: commits.append(in_the_log(tmp_path))
    sealer.post(3, an_event(1))
    first = sealer.durable()
    await begun(log)
    sealer.post(3, an_event(2))
    second = sealer.durable()

    log.go.set()
    await asyncio.wait_for(second, PATIENCE_S)

    assert first is not second
    assert first.done()
    assert commits == [[1], [1, 2]]


async def test_a_client_that_is_cancelled_cancels_nobody_else_of_its_group(log: HeldLog, sealer: Sealer) -> None:
    """They all wait for one future, and a task that is cancelled cancels what it waits for."""

    async def post(event_id: int) -> int:
        sealer.post(3, an_event(event_id))
        await sealer.durable()
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
    sealer.post(3, an_event(1))
    first = asyncio.ensure_future(sealer.durable())
    await begun(log)
    ended = sealer._committing
    sealer.post(3, an_event(2))
    second = asyncio.ensure_future(sealer.durable())
    log.go.set()

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(first, PATIENCE_S)
    await asyncio.wait_for(second, PATIENCE_S)
    assert ended is not None
    assert isinstance(ended.exception(), ZeroDivisionError)


async def test_a_command_is_not_answered_before_the_commit_is_done(log: HeldLog, sealer: Sealer) -> None:
    """Its id says where it stands in the log, so it has to stand there."""
    asking = asyncio.create_task(sealer.command(a_command(StartEdge("e", 1))))

    await begun(log)
    assert not asking.done()
    assert log.last_offset(COMMANDS.name, 0) == -1

    log.go.set()
    assert await asyncio.wait_for(asking, PATIENCE_S) == CommandId(log.edge, log.epoch, 1, 0)
    assert log.last_offset(COMMANDS.name, 0) == 1


async def test_who_is_to_be_confirmed_is_not_answered_before_that_either(log: HeldLog) -> None:
    """With TILDE_ACK=broker the commit is not enough; the confirmation is asked for with its last edge offset."""
    asked: list[int] = []
    confirmed = asyncio.Event()

    async def confirm(seq: int) -> None:
        asked.append(seq)
        await confirmed.wait()

    sealer = Sealer(log, EventIds(0), lambda: 0, None, confirm)
    log.go.set()
    for partition in (3, 5):
        sealer.post(partition, an_event(partition))
    waiting = sealer.durable()
    await begun(log)
    await sealer.close()
    for _ in range(20):
        await asyncio.sleep(0)

    assert (asked, waiting.done()) == ([2], False)
    confirmed.set()
    await asyncio.wait_for(waiting, PATIENCE_S)


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


def timed(folder: Path, scene: Callable[[Sealer, list[float]], Coroutine[Any, Any, None]]) -> None:
    """Plays a scene with a sealer; the list grows by the time at which each group was closed."""

    async def play() -> None:
        closed_at: list[float] = []
        log = EdgeLog(folder, 0)
        loop = asyncio.get_running_loop()
        sealer = Sealer(log, EventIds(0), lambda: closed_at.append(loop.time()) or 0)  # one call a batch
        await scene(sealer, closed_at)
        await sealer.close()
        log.close()

    with asyncio.Runner(loop_factory=StillLoop) as runner:
        runner.run(play())


async def group(sealer: Sealer, events: int) -> None:
    """Posts together, and waits for their commit."""
    for _ in range(events):
        sealer.post(0, an_event(sealer.ids.next(NOON_MS)))
    await sealer.durable()


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
            sealer.post(0, an_event(sealer.ids.next(NOON_MS)))
            groups.append(sealer.durable())
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
            sealer.post(0, an_event(sealer.ids.next(NOON_MS)))
            held_up = held_up or sealer.durable()
            await asyncio.sleep(LULL_S / 4)
        assert held_up is not None
        await held_up

        assert closed_at == pytest.approx([0, GATHER_S], abs=LULL_S * 1.01)

    timed(tmp_path, scene)
