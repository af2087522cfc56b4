"""What watchers are shown of topics and of the clock: each message and each occasion once, and nothing that was before."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from streams.decider import Decider
from testkit.builders import an_account_created, an_entry, an_entry_message
from testkit.first_sights import FirstSights
from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from testkit.sealed import NOON_MS, FakeEdge, a_sealed_batch
from testkit.watching import Killing, comments_in, the_watchers, with_an_account
from tilde.domain.log.position import Header, HoleError
from tilde.errors import TildeError, TooMuchPoisonError
from tilde.eventlog import Append, LogError, Record
from tilde.schemas.topics import CATALOG, METRICS, STATS, Topic
from tilde.store import StoreError
from watchers.clockwork import Clockwork
from watchers.contract import Effect, Memory, Message, Occasion, Send
from watchers.ledger import Ledger
from watchers.logged_commands import LoggedCommands
from watchers.looked import Looked
from watchers.loop import TopicLoop
from watchers.occasions import MINUTE_MS, Every, Occasions
from watchers.outbox import Outbox

HOUR_MS = 60 * MINUTE_MS
LATER = 1 << 50


class Noting:
    """Notes what it is shown, and sends a letter for each."""

    def __init__(self, name: str = "noting", topics: tuple[Topic, ...] = (STATS,), *, learns: bool = False) -> None:
        self.name = name
        self.topics = topics
        self.learns = learns
        self.occasions: Occasions | None = Every(60, made_up_max=2)
        self.shown: list[Any] = []
        self.is_refused = False

    async def read(self, at_ms: int) -> Any:
        if self.is_refused:
            raise StoreError("the store is away")
        return f"found for {at_ms}"

    def look(self, at: Message | Occasion, memory: Memory) -> Sequence[Effect]:
        if isinstance(at, Occasion):
            self.shown.append((at.at_ms, at.found))
            return [Send("mail", b"occasion")]
        self.shown.append((at.topic, at.partition, at.offset))
        return [Send("mail", b"message")]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "watchers.log")
    yield ledger
    ledger.close()


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


def letters(ledger: Ledger) -> list[str]:
    return [each.id for each in Outbox(ledger).begin("mail", LATER, 100, frozenset())]


async def looked(log: MemoryLog, ledger: Ledger, *watchers: Noting) -> TopicLoop:
    """A new loop, as after a start, that has read to the end."""
    loop = TopicLoop(log, ledger, watchers, FixedClock(NOON_MS))
    while await loop.step():
        pass
    return loop


# Topics.


async def test_what_comes_after_its_first_start_is_shown_once(log: MemoryLog, ledger: Ledger) -> None:
    edge, watcher = FakeEdge(), Noting()
    await log.append([edge.seal(3, [edge.post("before")])])
    loop = await looked(log, ledger, watcher)
    await log.append([edge.seal(3, [edge.post("a")]), edge.seal(5, [edge.post("b")])])
    await loop.step()
    await looked(log, ledger, watcher)

    assert watcher.shown == [("stats", 3, 1), ("stats", 5, 0)]
    assert letters(ledger) == ["noting.stats-3.1.0", "noting.stats-5.0.0"]


async def test_one_that_learns_is_shown_what_was_before_and_tells_nothing_of_it(log: MemoryLog, ledger: Ledger) -> None:
    edge, watcher = FakeEdge(), Noting(learns=True)
    await log.append([edge.seal(3, [edge.post("before")]), edge.seal(3, [edge.post("before")])])
    loop = TopicLoop(log, ledger, [watcher], FixedClock(NOON_MS))
    await loop._open()  # it is killed before it has looked at any of it, and told of no more for that
    await log.append([edge.seal(3, [edge.post("after")])])
    await looked(log, ledger, watcher)

    assert watcher.shown == [("stats", 3, 0), ("stats", 3, 1), ("stats", 3, 2)]
    assert letters(ledger) == ["noting.stats-3.2.0"]


async def test_a_batch_that_comes_twice_is_shown_once(log: MemoryLog, ledger: Ledger) -> None:
    edge, watcher = FakeEdge(), Noting()
    loop = await looked(log, ledger, watcher)
    sealed = edge.seal(0, [edge.post("a")])
    await log.append([sealed, sealed, edge.seal(0, [edge.post("b")]), sealed])
    await loop.step()

    assert watcher.shown == [("stats", 0, 0), ("stats", 0, 2)]


async def test_a_hole_stops_it(log: MemoryLog, ledger: Ledger) -> None:
    loop = await looked(log, ledger, Noting())
    await log.append([Append(STATS.name, 0, [a_sealed_batch([FakeEdge().post("a")], offset=9, before=7)])])
    with pytest.raises(HoleError):
        await loop.step()


async def test_an_entry_that_does_not_hold_is_passed_over(log: MemoryLog, ledger: Ledger) -> None:
    """A decider that was replaced wrote it."""
    watcher = Noting(topics=(CATALOG,))
    loop = await looked(log, ledger, watcher)
    entry = an_entry_message(an_entry(1, an_account_created()))
    await log.append([Append(CATALOG.name, 0, [entry, entry])])
    await loop.step()

    assert watcher.shown == [("catalog", 0, 0)]


async def test_poison_is_told_and_passed_over(
    log: MemoryLog, ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    edge, watcher = FakeEdge(), Noting()
    loop = await looked(log, ledger, watcher)
    await log.append([Append(STATS.name, 0, [b"poison"]), edge.seal(0, [edge.post("a")])])
    await loop.step()

    assert watcher.shown == [("stats", 0, 1)]
    assert "stats/0: the message at 0 is passed over" in capsys.readouterr().err


async def test_too_much_poison_stops_it_and_nothing_is_kept_of_the_round(log: MemoryLog, ledger: Ledger) -> None:
    edge, watcher = FakeEdge(), Noting()
    loop = await looked(log, ledger, watcher)
    await log.append([edge.seal(0, [edge.post("a")]), Append(STATS.name, 0, [b"poison"] * 21)])
    with pytest.raises(TooMuchPoisonError):
        await loop.step()

    assert letters(ledger) == []
    assert ledger.position("noting", "stats-0")["next_offset"] == 0


async def test_two_at_different_places_are_each_shown_all_of_it(log: MemoryLog, ledger: Ledger) -> None:
    """The second is new in a later release, and learns; the first goes on where it was."""
    edge, old, new = FakeEdge(), Noting("old"), Noting("new", learns=True)
    loop = await looked(log, ledger, old)
    await log.append([edge.seal(0, [edge.post("a")])])
    await loop.step()
    await log.append([edge.seal(0, [edge.post("b")])])
    await looked(log, ledger, old, new)

    assert old.shown == [("stats", 0, 0), ("stats", 0, 1)]
    assert new.shown == [("stats", 0, 0), ("stats", 0, 1)]
    assert sorted(letters(ledger)) == ["old.stats-0.0.0", "old.stats-0.1.0"]


async def test_a_log_that_ends_before_the_position_is_another_one(log: MemoryLog, ledger: Ledger) -> None:
    edge = FakeEdge()
    loop = await looked(log, ledger, Noting())
    await log.append([edge.seal(0, [edge.post("a")])])
    await loop.step()
    with pytest.raises(TildeError, match="is not the one"):
        await looked(MemoryLog(), ledger, Noting())


class HalfALog(MemoryLog):
    """Partition 3 of `stats` cannot be read while it `is_half`."""

    is_half = False

    async def read(self, topic: str, partition: int, offset: int, bytes_max: int = 1 << 20) -> list[Record]:
        if self.is_half and (topic, partition) == (STATS.name, 3):
            raise LogError("the disk does not give it")
        return await super().read(topic, partition, offset, bytes_max)


async def test_a_partition_that_cannot_be_read_is_told_once_the_others_are_looked_at(ledger: Ledger) -> None:
    """Who waits for it is not waited for; and without being told nobody would say that it stands still."""
    log, edge, watcher = HalfALog(), FakeEdge(), Noting()
    loop = await looked(log, ledger, watcher)
    await log.append([edge.seal(3, [edge.post("a")]), edge.seal(5, [edge.post("b")])])

    log.is_half = True
    with pytest.raises(LogError, match="does not give it"):
        await loop.step()
    assert watcher.shown == [("stats", 5, 0)]

    log.is_half = False
    await loop.step()
    assert watcher.shown == [("stats", 5, 0), ("stats", 3, 0)]


def test_nobody_follows_what_can_be_made_again(log: MemoryLog, ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="not for ever"):
        TopicLoop(log, ledger, [Noting(topics=(METRICS,))], FixedClock(NOON_MS))


async def test_what_it_remembers_outlives_it(log: MemoryLog, ledger: Ledger) -> None:
    """And what was put is seen at once, by the next look of the same round."""
    edge, watcher = FakeEdge(), FirstSights()
    loop = TopicLoop(log, ledger, [watcher], FixedClock(NOON_MS))
    await loop.step()
    await log.append([edge.seal(0, [edge.post("a"), edge.post("b"), edge.post("a")]), edge.seal(0, [edge.post("b")])])
    await loop.step()
    memory = ledger.memory(watcher.name)
    keys = [key for key, _ in memory.items("1/")]
    with ledger.transaction():
        memory.put(keys[0], None)

    assert len(keys) == 2
    assert [key for key, _ in ledger.memory(watcher.name).items()] == keys[1:]
    assert len(letters(ledger)) == 2


# The clock.


async def on_the_clock(ledger: Ledger, watcher: Noting, clock: FixedClock) -> None:
    """A new start, that looks at all that is due."""
    assert watcher.occasions is not None
    clockwork = Clockwork(watcher, watcher.occasions, ledger, clock)
    while await clockwork.step():
        pass


async def test_a_downtime_is_made_up_once(ledger: Ledger) -> None:
    """Of five hours the newest two, since so many are; a second start has nothing to make up."""
    clock, watcher = FixedClock(NOON_MS), Noting()
    await on_the_clock(ledger, watcher, clock)
    clock.advance(5 * HOUR_MS + 1)
    await on_the_clock(ledger, watcher, clock)
    await on_the_clock(ledger, watcher, clock)

    assert [at_ms - NOON_MS for at_ms, _ in watcher.shown] == [4 * HOUR_MS, 5 * HOUR_MS]
    assert letters(ledger) == [f"noting.clock.{NOON_MS + hours * HOUR_MS}.0" for hours in (4, 5)]


async def test_it_is_shown_what_was_read_for_it(ledger: Ledger) -> None:
    clock, watcher = FixedClock(NOON_MS), Noting()
    await on_the_clock(ledger, watcher, clock)
    clock.advance(HOUR_MS)
    await on_the_clock(ledger, watcher, clock)

    assert watcher.shown == [(NOON_MS + HOUR_MS, f"found for {NOON_MS + HOUR_MS}")]


async def test_an_occasion_waits_for_tables_that_are_away(ledger: Ledger) -> None:
    clock, watcher = FixedClock(NOON_MS), Noting()
    await on_the_clock(ledger, watcher, clock)
    clock.advance(HOUR_MS)
    watcher.is_refused = True
    with pytest.raises(StoreError):
        await on_the_clock(ledger, watcher, clock)
    watcher.is_refused = False
    await on_the_clock(ledger, watcher, clock)

    assert len(watcher.shown) == 1


async def test_a_clock_that_is_plainly_wrong_brings_nothing(ledger: Ledger) -> None:
    """Nor a position from which all hours since 1970 would have to be made up."""
    watcher = Noting()
    await on_the_clock(ledger, watcher, FixedClock(1000))

    assert ledger.position("noting", "clock") is None


async def test_a_clock_that_was_far_ahead_is_told_once(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    watcher = Noting()
    await on_the_clock(ledger, watcher, FixedClock(NOON_MS + 50 * 24 * HOUR_MS))
    assert watcher.occasions is not None
    clockwork = Clockwork(watcher, watcher.occasions, ledger, FixedClock(NOON_MS))
    await clockwork.step()
    await clockwork.step()

    assert capsys.readouterr().err.count("noting: the clock was 50 days further") == 1


# Twice.


async def test_two_over_the_same_log_ask_for_the_same_commands(tmp_path: Path) -> None:
    """A folder that was restored, and a second process on another machine: each command is decided once."""
    log, clock = MemoryLog(), FixedClock(NOON_MS)
    await with_an_account(log)
    edge, killing = FakeEdge(), Killing(LoggedCommands(log))
    both = [the_watchers(tmp_path / f"{n}.log", log, FirstSights(), clock, killing, killing) for n in range(2)]
    for parts in both:
        await parts.loop.step()
        await parts.clockwork.step()
    for number in range(5):
        await log.append([edge.seal(partition, [edge.post(f"stat {number}")]) for partition in (3, 5)])
        clock.advance(HOUR_MS)
        for parts in both if number % 2 else reversed(both):
            await parts.loop.step()
            await parts.clockwork.step()
            await parts.asking.step()
    await Decider(log, log, clock).step()
    for parts in both:
        parts.ledger.close()

    told = await comments_in(log)
    assert len(told) == 10
    assert set(told.values()) == {1}
    assert killing.done.total() == 20


def test_the_first_batch_of_another_edge_uses_up_no_excuse() -> None:
    """A watcher begins in the middle; what cannot be read may have been any edge's batch, and was B's."""
    looked = Looked.first(100, learns=False)
    for offset, header in (
        (100, Header("B", 1, 1, 0, 0)),
        (102, Header("A", 1, 58, 57, 0)),
        (103, Header("B", 1, 3, 2, 0)),
    ):
        if offset == 102:
            looked = looked.at(looked.position.after_poison(101))
        assert not looked.is_repeat(header)
        looked = looked.after(offset, header)
