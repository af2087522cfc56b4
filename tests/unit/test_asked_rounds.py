"""Rounds that readers ask for: one for all who wait, after whoever asked, and not more than so many a second."""

import asyncio

from run.roles.asked_rounds import AT_ONCE, AskedRounds
from testkit.fixed_clock import FixedClock
from testkit.waiting import PATIENCE_S
from tilde.runtime.clock import SystemClock

CLOCK_S = 0.005  # how early the event loop may wake up


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


async def test_rounds_are_spread_once_the_first_few_were_made() -> None:
    """Whoever asks again as soon as he has been answered waits a part of a second for each, not the rest of it for one:
    of the rounds that he has, the nth begins no sooner than if the AT_ONCE had been the first of an even row.
    """
    made = Made()
    asked = AskedRounds(made.is_needed, made.make, made.clock, rounds_a_s=20)
    for _ in range(AT_ONCE + 3):
        await asked.one()
    after_s = [begun_s - made.begun_s[0] for begun_s in made.begun_s]

    assert all(begun_s >= (nth - AT_ONCE + 1) / 20 - CLOCK_S for nth, begun_s in enumerate(after_s))


async def test_after_a_pause_the_first_few_wait_for_no_turn() -> None:
    made, clock = Made(), FixedClock(0)
    asked = AskedRounds(made.is_needed, made.make, clock, rounds_a_s=1)
    async with asyncio.timeout(PATIENCE_S):  # a turn would be an hour away
        asked._apart_s = 3_600.0
        for _ in range(AT_ONCE):
            await asked.one()
        clock.advance(AT_ONCE * 3_600_000)
        for _ in range(AT_ONCE):
            await asked.one()

    assert len(made.begun_s) == 2 * AT_ONCE


async def test_who_asks_while_a_round_waits_for_its_turn_has_that_one() -> None:
    """It has not begun, so it takes what he waits for, too."""
    made, clock = Made(), FixedClock(0)
    asked = AskedRounds(made.is_needed, made.make, clock, rounds_a_s=5)
    for _ in range(AT_ONCE):
        await asked.one()
    first = asyncio.create_task(asked.one())
    await asyncio.sleep(0.02)
    assert len(made.begun_s) == AT_ONCE, "it waits for its turn"
    await asyncio.gather(first, asked.one())

    assert len(made.begun_s) == AT_ONCE + 1


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


async def test_nobody_waits_for_a_turn_of_what_is_not_needed() -> None:
    """The rounds of a quarter of an hour are spent, and what somebody asks for is there already."""
    made = Made()
    made.wanted = AT_ONCE
    asked = AskedRounds(made.is_needed, made.make, FixedClock(0), rounds_a_s=0.001)  # type: ignore[arg-type]
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(AT_ONCE + 3):
            await asked.one()

    assert len(made.begun_s) == AT_ONCE
