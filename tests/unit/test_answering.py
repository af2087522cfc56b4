"""Who waits for an answer: told where nothing else is answered either, and left to wait where it is."""

import asyncio

import pytest

from producers.web.answering import Answering, AnswersNobodyError
from testkit.waiting import PATIENCE_S, until_it_holds

QUIET_S = 0.01


class Behind:
    """What stands behind: whether it answers a ping, and how often it was pinged."""

    def __init__(self, *, answers: bool) -> None:
        self.answers = answers
        self.pings = 0
        self.is_heard = asyncio.Event()  # a ping that came before this waits
        self.is_heard.set()
        self.answering = Answering(self._ping, QUIET_S)

    async def _ping(self) -> bool:
        self.pings += 1
        await asyncio.sleep(0)
        await self.is_heard.wait()
        return self.answers

    async def wait(self, event: asyncio.Event) -> str:
        async with self.answering.required():
            await event.wait()
        return "answered"


async def test_who_waits_for_something_that_answers_nobody_is_told() -> None:
    """All who wait, by a few pings: who begins to look while one is under way begins none of his own."""
    behind = Behind(answers=False)
    behind.is_heard.clear()
    waiting = [asyncio.create_task(behind.wait(asyncio.Event())) for _ in range(100)]
    await asyncio.sleep(0)
    # Timers go off in the order of their times, so all hundred look by then, however slow the machine is.
    asyncio.get_running_loop().call_later(2 * QUIET_S, behind.is_heard.set)
    async with asyncio.timeout(PATIENCE_S):
        told = await asyncio.gather(*waiting, return_exceptions=True)

    assert {type(each) for each in told} == {AnswersNobodyError}
    assert behind.pings <= 3


async def test_an_answer_that_takes_long_is_waited_for_as_long_as_others_are_given() -> None:
    behind, event = Behind(answers=True), asyncio.Event()
    waiting = asyncio.create_task(behind.wait(event))
    await until_it_holds(lambda: behind.pings >= 3)
    assert not waiting.done()
    event.set()

    assert await waiting == "answered"


async def test_what_is_answered_soon_pings_nobody_and_leaves_nothing_behind() -> None:
    behind, event = Behind(answers=False), asyncio.Event()
    event.set()
    before = asyncio.all_tasks()
    assert await behind.wait(event) == "answered"
    await asyncio.sleep(0.05)

    assert behind.pings == 0
    assert asyncio.all_tasks() == before


async def test_a_timeout_of_the_block_itself_stays_one() -> None:
    behind = Behind(answers=True)
    with pytest.raises(TimeoutError):
        async with behind.answering.required():
            raise TimeoutError


async def test_who_goes_while_he_is_looked_at_takes_nobodys_look_away() -> None:
    behind = Behind(answers=False)
    going, staying = (asyncio.create_task(behind.wait(asyncio.Event())) for _ in range(2))
    await asyncio.sleep(0)
    going.cancel()

    with pytest.raises(AnswersNobodyError):
        await asyncio.wait_for(staying, PATIENCE_S)
    assert going.cancelled()
