"""Rounds that readers ask for: one for all who wait, after whoever asked, and not more than so many a second."""

import asyncio

from run.roles.asked_rounds import AskedRounds
from testkit.fixed_clock import FixedClock
from tilde.runtime.clock import SystemClock


class Made:
    """Rounds that take until `free`, and when each began; needed as long as there are `wanted` more."""

    def __init__(self) -> None:
        self.clock = SystemClock()
        self.begun_s: list[float] = []
        self.wanted = 1_000_000
        self.free = asyncio.Event()
        self.free.set()

    def is_needed(self) -> bool:
        return len(self.begun_s) < self.wanted

    async def make(self) -> None:
        self.begun_s.append(self.clock.monotonic_s())
        await self.free.wait()


async def test_a_thousand_who_ask_while_a_round_goes_on_have_the_next_one_together() -> None:
    made = Made()
    asked = AskedRounds(made.is_needed, made.make, FixedClock(0))
    made.free.clear()
    first = asyncio.create_task(asked.one())
    while not made.begun_s:
        await asyncio.sleep(0)
    others = [asyncio.create_task(asked.one()) for _ in range(1_000)]
    await asyncio.sleep(0)
    assert not first.done()
    assert not any(other.done() for other in others)

    made.free.set()
    await asyncio.gather(first, *others)

    assert len(made.begun_s) == 2


async def test_no_more_than_so_many_begin_within_a_second() -> None:
    """Whoever asks again as soon as he has been answered waits for his turn."""
    made = Made()
    asked = AskedRounds(made.is_needed, made.make, made.clock, rounds_a_s=3)
    for _ in range(5):
        await asked.one()

    assert all(later - earlier >= 1.0 for earlier, later in zip(made.begun_s, made.begun_s[3:], strict=False))
    assert len(made.begun_s) == 5


async def test_who_asks_without_waiting_has_one_round_however_often_he_does() -> None:
    made = Made()
    asked = AskedRounds(made.is_needed, made.make, FixedClock(0))
    for _ in range(100):
        asked.ask()
    await asked.one()

    assert len(made.begun_s) == 1


async def test_where_none_is_needed_any_more_none_is_made_and_nobody_waits_for_its_turn() -> None:
    """Who looks again and again while a round goes on has asked for another."""
    made = Made()
    made.wanted = 1
    asked = AskedRounds(made.is_needed, made.make, FixedClock(0), rounds_a_s=1)
    for _ in range(5):
        await asked.one()

    assert len(made.begun_s) == 1
