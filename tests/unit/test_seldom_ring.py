"""A bell that is rung for posts a few times a second at most, and is never silent about the last one."""

import asyncio
from itertools import pairwise

from testkit.waiting import until_it_holds
from tilde.eventlog.bell import RING_S, Bell, SeldomRing
from tilde.schemas.topics import COMMANDS, SAMPLE_WRITES, STATS


class CountedBell(Bell):
    """Notes when it is rung, and for what."""

    def __init__(self) -> None:
        self.rung: list[tuple[float, frozenset[str]]] = []

    def ring(self, *topics: str) -> None:
        self.rung.append((asyncio.get_running_loop().time(), frozenset(topics)))

    def topics(self) -> list[frozenset[str]]:
        return [topics for _, topics in self.rung]


async def test_the_first_is_rung_at_once_and_those_behind_it_together_a_while_later() -> None:
    bell = CountedBell()
    ring = SeldomRing(bell, urgent=[COMMANDS.name])

    ring.ring(STATS.name)
    assert bell.topics() == [{STATS.name}]
    ring.ring(STATS.name)
    ring.ring(SAMPLE_WRITES.name)
    assert len(bell.rung) == 1
    await until_it_holds(lambda: len(bell.rung) > 1)

    assert bell.topics() == [{STATS.name}, {STATS.name, SAMPLE_WRITES.name}]
    assert bell.rung[1][0] - bell.rung[0][0] >= RING_S - 0.002  # a timer of the loop counts in whole milliseconds


async def test_a_steady_flow_is_rung_once_in_that_time_however_much_comes() -> None:
    bell = CountedBell()
    ring = SeldomRing(bell, urgent=[COMMANDS.name])
    for _ in range(200):
        ring.ring(STATS.name)
        await asyncio.sleep(0.002)
    await until_it_holds(lambda: len(bell.rung) > 1)

    times = [at for at, _ in bell.rung]
    assert all(later - earlier >= RING_S - 0.002 for earlier, later in pairwise(times))


async def test_what_somebody_waits_for_is_rung_at_once_every_time() -> None:
    bell = CountedBell()
    ring = SeldomRing(bell, urgent=[COMMANDS.name])
    for _ in range(3):
        ring.ring(STATS.name, COMMANDS.name)

    assert bell.topics() == [{STATS.name, COMMANDS.name}] * 3


async def test_what_has_grown_before_the_end_is_rung_at_the_end() -> None:
    bell = CountedBell()
    ring = SeldomRing(bell, urgent=[COMMANDS.name])
    ring.ring(STATS.name)
    ring.ring(SAMPLE_WRITES.name)

    ring.close()
    ring.close()

    assert bell.topics() == [{STATS.name}, {SAMPLE_WRITES.name}]
