"""Which new stats an owner is told of, and when: the first at once, the others every ten minutes at most."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from testkit.fixed_clock import FixedClock
from testkit.memory_log import MemoryLog
from testkit.sealed import NOON_MS, FakeEdge, a_post
from tilde.domain.log.partitioner import partition_of_metric
from tilde.domain.stats.metrics import metric_id
from tilde.eventlog import Append, LogError
from tilde.schemas.cut_stats import cut_stat
from tilde.schemas.topics import SAMPLE_WRITES, STATS
from watchers.contract import Message, Occasion, Send
from watchers.ledger import Ledger, WatchersMemory
from watchers.loop import TopicLoop
from watchers.mail.new_stats import PERIOD_MS, SHOWN_MAX, NewStats
from watchers.outbox import Outbox


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "watchers.log")
    yield ledger
    ledger.close()


@pytest.fixture
def memory(ledger: Ledger) -> WatchersMemory:
    return ledger.memory("new_stats")


def a_message(*events: dict[str, Any], offset: int = 0, spreads: bool = True, **more: Any) -> Message:
    return Message(STATS.name, 3, offset, {"events": list(map(cut_stat, events)), "spreads": spreads}, **more)


def posted(name: str, after_ms: int = 0, number: float = 1.0, **more: Any) -> dict[str, Any]:
    return a_post(1, name, number, received_at=NOON_MS + after_ms, **more)


def told(effects: Any) -> list[tuple[int, list[str], int]]:
    """Of each letter: product, names, how many more."""
    letters = [orjson.loads(effect.body) for effect in effects if isinstance(effect, Send)]
    assert {letter["kind"] for letter in letters} <= {"new_stats"}
    return [(letter["product"], [stat[2] for stat in letter["stats"]], letter["more"]) for letter in letters]


def test_the_first_post_to_a_stat_is_told_of_at_once(memory: WatchersMemory) -> None:
    (letter,) = NewStats().look(a_message(posted("hits", number=3.5, kind="value")), memory)

    assert isinstance(letter, Send)
    assert orjson.loads(letter.body) == {
        "kind": "new_stats",
        "product": 1,
        "stats": [[metric_id(1, "value", "hits"), "value", "hits", 3.5, NOON_MS]],
        "more": 0,
    }


def test_a_stat_is_told_of_once_for_ever(ledger: Ledger) -> None:
    """By a process that was started again, too; a count and a value of one name are two stats."""
    NewStats().look(a_message(posted("hits")), ledger.memory("new_stats"))
    again = NewStats()

    assert told(again.look(a_message(posted("hits"), offset=1), ledger.memory("new_stats"))) == []
    later = posted("hits", PERIOD_MS, kind="value")
    assert told(again.look(a_message(later, offset=2), ledger.memory("new_stats"))) == [(1, ["hits"], 0)]


def test_what_comes_within_ten_minutes_is_one_letter_then(memory: WatchersMemory) -> None:
    watcher = NewStats()
    watcher.look(a_message(posted("a")), memory)
    for nth, name in enumerate("bcd"):
        assert watcher.look(a_message(posted(name, 1000 * nth), offset=nth + 1), memory) == []

    assert watcher.look(Occasion(NOON_MS + PERIOD_MS - 1), memory) == []
    assert told(watcher.look(Occasion(NOON_MS + PERIOD_MS), memory)) == [(1, ["b", "c", "d"], 0)]
    assert watcher.look(Occasion(NOON_MS + 2 * PERIOD_MS), memory) == []


def test_a_post_takes_along_what_waits(memory: WatchersMemory) -> None:
    """Where it comes before the minute in which that would be told."""
    watcher = NewStats()
    for offset, (name, after_ms) in enumerate([("a", 0), ("b", 1), ("c", PERIOD_MS)]):
        effects = watcher.look(a_message(posted(name, after_ms), offset=offset), memory)

    assert told(effects) == [(1, ["b", "c"], 0)]


def test_a_letter_shows_a_hundred_and_counts_the_others(memory: WatchersMemory) -> None:
    watcher = NewStats()
    many = [posted(f"stat {nth}") for nth in range(250)]
    first = watcher.look(a_message(*many[:120]), memory)
    watcher.look(a_message(*many[120:240], offset=1), memory)
    watcher.look(a_message(*many[240:], offset=2), memory)
    second = watcher.look(Occasion(NOON_MS + PERIOD_MS), memory)

    assert [(len(names), more) for _, names, more in told([*first, *second])] == [(SHOWN_MAX, 20), (SHOWN_MAX, 30)]


def test_each_product_has_letters_of_its_own(memory: WatchersMemory) -> None:
    effects = NewStats().look(a_message(posted("a"), posted("b", product=2), posted("c")), memory)

    assert told(effects) == [(1, ["a", "c"], 0), (2, ["b"], 0)]


def test_a_name_that_spreads_is_each_stat_that_it_counts_for(memory: WatchersMemory) -> None:
    watcher = NewStats()
    spread = watcher.look(a_message(posted("hits~total,home")), memory)
    whole = watcher.look(a_message(posted("a~b", PERIOD_MS), offset=1, spreads=False), memory)

    assert told(spread) == [(1, ["hits total", "hits home"], 0)]
    assert told(whole) == [(1, ["a~b"], 0)]


def test_a_post_by_the_key_of_a_stat_makes_none(memory: WatchersMemory) -> None:
    assert NewStats().look(a_message({**posted("hits"), "name": None}), memory) == []


def test_a_metric_that_a_sample_has_made_is_known_and_not_told_of(memory: WatchersMemory) -> None:
    watcher = NewStats()
    write = {"product": 1, "metric": metric_id(1, "counter", "hits"), "kind": "counter", "name": "hits", "number": 1.0}
    content = {"events": [{**write, "received_at": NOON_MS}]}

    assert watcher.look(Message(SAMPLE_WRITES.name, 3, 0, content), memory) == []
    assert watcher.look(a_message(posted("hits")), memory) == []


def test_what_was_there_before_the_watcher_is_never_told_of(memory: WatchersMemory) -> None:
    """Not later either, as what waits would be; and its first letter does not wait for that."""
    watcher = NewStats()
    for offset, name in enumerate("abc"):
        assert watcher.look(a_message(posted(name, offset), offset=offset, is_old=True), memory) == []

    assert watcher.look(Occasion(NOON_MS + PERIOD_MS), memory) == []
    assert told(watcher.look(a_message(posted("a", 3), posted("d", 3), offset=3), memory)) == [(1, ["d"], 0)]


def test_a_clock_that_ran_ahead_and_was_set_back_silences_nobody(memory: WatchersMemory) -> None:
    watcher = NewStats()
    watcher.look(a_message(posted("a", 365 * 86_400_000)), memory)

    assert told(watcher.look(a_message(posted("b"), offset=1), memory)) == [(1, ["b"], 0)]


class FullDisk(Ledger):
    is_full = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with super().transaction():
            yield
            if self.is_full:
                raise LogError("the disk is full")


async def test_what_could_not_be_written_down_is_new_when_it_is_looked_at_again(tmp_path: Path) -> None:
    """The process goes on: what it remembers beside the ledger is not ahead of that."""
    log, ledger, edge = MemoryLog(), FullDisk(tmp_path / "watchers.log"), FakeEdge()
    loop = TopicLoop(log, ledger, [NewStats()], FixedClock(NOON_MS))
    await loop.step()
    await log.append([batch(edge, "a"), batch(edge, "a")])
    ledger.is_full = True
    with pytest.raises(LogError):
        await loop.step()
    ledger.is_full = False
    await loop.step()

    assert Outbox(ledger).waiting() == {"mail": 1}
    ledger.close()


def batch(edge: FakeEdge, name: str) -> Append:
    return edge.seal(partition_of_metric(metric_id(1, "counter", name), STATS.partitions), [edge.post(name)])


async def test_an_old_log_makes_no_letter_and_is_remembered(tmp_path: Path) -> None:
    """A first start of this release over a data folder that is full of stats; and one whose ledger was lost."""
    log, edge = MemoryLog(), FakeEdge()
    await log.append([batch(edge, name) for name in "abcdefgh"])
    for life in range(2):
        ledger = Ledger(tmp_path / f"{life}.log")
        loop = TopicLoop(log, ledger, [NewStats()], FixedClock(NOON_MS))
        while await loop.step():
            pass
        await log.append([batch(edge, "a"), batch(edge, f"new {life}")])
        while await loop.step():
            pass
        letters = [orjson.loads(each.body) for each in Outbox(ledger).begin("mail", NOON_MS, 9, frozenset())]
        assert [[stat[2] for stat in letter["stats"]] for letter in letters] == [[f"new {life}"]]
        ledger.close()
