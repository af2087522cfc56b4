"""What many ask at about the same time: how often it is put, and to whom the answers go."""

import asyncio
from collections.abc import Sequence

import pytest

from testkit.waiting import PATIENCE_S, until_it_holds
from tilde.runtime.gathered import Gathered
from tilde.runtime.tasks import cancel


class Answering:
    """Answers each question with ten times itself, once it may; `put` has the portions, by key."""

    def __init__(self, portions_max: int = 1, together_max: int = 100, apart_s: float = 0.0) -> None:
        self.put: list[tuple[str, list[int]]] = []
        self.may = asyncio.Event()
        self.fails = False
        self.gathered = Gathered(self._put, portions_max, together_max, apart_s)

    async def _put(self, key: str, questions: Sequence[int]) -> list[int]:
        self.put.append((key, list(questions)))
        await self.may.wait()
        if self.fails:
            raise ValueError("no answer")
        return [10 * question for question in questions]

    def ask(self, key: str, *questions: int) -> list[asyncio.Task[int]]:
        return [asyncio.create_task(self.gathered.answer(key, question)) for question in questions]


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_comes_while_one_is_under_way_goes_with_all_others_that_wait() -> None:
    answering = Answering()
    asked = answering.ask("a", 1)
    await settled()
    asked += answering.ask("a", 2, 3, 4)
    await settled()
    assert answering.put == [("a", [1])]
    answering.may.set()

    assert await asyncio.gather(*asked) == [10, 20, 30, 40]
    assert answering.put == [("a", [1]), ("a", [2, 3, 4])]


async def test_a_portion_has_so_many_and_so_many_are_under_way() -> None:
    answering = Answering(portions_max=2, together_max=3)
    asked = answering.ask("a", 1)
    await settled()
    asked += answering.ask("a", 2)
    await settled()
    asked += answering.ask("a", *range(3, 10))
    await settled()
    assert len(answering.put) == 2
    answering.may.set()

    assert await asyncio.gather(*asked) == [10 * n for n in range(1, 10)]
    assert max(len(questions) for _, questions in answering.put) == 3


async def test_keys_do_not_wait_for_each_other() -> None:
    answering = Answering()
    asked = answering.ask("a", 1) + answering.ask("b", 2)
    await settled()

    assert answering.put == [("a", [1]), ("b", [2])]
    await cancel(*asked)


async def test_who_goes_takes_nobodys_answer_away_and_is_not_asked_for() -> None:
    answering = Answering()
    first = answering.ask("a", 1)
    await settled()
    staying, leaving = answering.ask("a", 2, 3)
    await settled()
    await cancel(*first, leaving)
    answering.may.set()

    assert await staying == 20
    assert answering.put == [("a", [1]), ("a", [2])]


async def test_all_of_a_portion_are_told_why_there_is_no_answer_and_the_next_one_is_put() -> None:
    answering = Answering()
    answering.fails = True
    answering.may.set()
    for asked in answering.ask("a", 1, 2):
        with pytest.raises(ValueError, match="no answer"):
            await asked
    answering.fails = False

    assert await answering.gathered.answer("a", 3) == 30


async def test_who_goes_takes_nobodys_failure_away() -> None:
    answering = Answering()
    answering.fails = True
    leaving, staying = answering.ask("a", 1, 2)
    await settled()
    await cancel(leaving)
    answering.may.set()

    with pytest.raises(ValueError, match="no answer"):
        async with asyncio.timeout(PATIENCE_S):
            await staying


async def test_the_bounds_of_a_key_stand_while_a_portion_of_it_is_under_way() -> None:
    """Also behind another portion that has been answered."""
    answering = Answering(portions_max=2, together_max=1)
    fast, slow = answering.may, asyncio.Event()
    fast.set()
    (first,) = answering.ask("a", 1)
    answering.may = slow
    await settled()
    answering.may = fast
    (second,) = answering.ask("a", 2)
    await second
    asked = answering.ask("a", 3, 4, 5)
    answering.may = slow
    await settled()
    assert len(answering.put) <= 4, "more are under way than may be"
    slow.set()

    assert [await task for task in (first, *asked)] == [10, 30, 40, 50]


async def test_nothing_is_kept_of_a_key_that_nobody_asks_for() -> None:
    answering = Answering()
    answering.may.set()
    await asyncio.gather(*answering.ask("a", 1, 2), *answering.ask("b", 3))
    await settled()

    assert answering.gathered._lines == {}


async def test_one_that_comes_alone_goes_at_once_and_those_behind_it_together() -> None:
    """Though more might be under way: what comes at about the same time is one portion."""
    answering = Answering(portions_max=4, apart_s=0.05)
    asked = answering.ask("a", 1)
    await settled()
    assert answering.put == [("a", [1])]
    for question in (2, 3, 4):
        asked += answering.ask("a", question)
        await settled()
    await until_it_holds(lambda: len(answering.put) > 1)
    answering.may.set()

    assert await asyncio.gather(*asked) == [10, 20, 30, 40]
    assert answering.put == [("a", [1]), ("a", [2, 3, 4])]


@pytest.mark.parametrize("apart_s", [0.0, 3600.0], ids=["in its hands", "before it puts them"])
async def test_nobody_waits_for_ever_where_what_puts_the_questions_is_cancelled(apart_s: float) -> None:
    """Whether his question was on its way, or stood in line; and whoever comes then is answered as any."""
    answering = Answering(portions_max=2, apart_s=apart_s)
    asked = answering.ask("a", 1)
    await settled()
    asked += answering.ask("a", 2, 3)
    await settled()
    asked += answering.ask("a", 4)
    await settled()
    await cancel(*answering.gathered._lines["a"].tasks)
    async with asyncio.timeout(PATIENCE_S):
        told = await asyncio.gather(*asked, return_exceptions=True)
    answering.may.set()

    assert [type(each) for each in told] == [asyncio.CancelledError] * 4
    assert answering.gathered._lines == {}
    assert await answering.gathered.answer("a", 5) == 50


async def test_one_that_is_cancelled_keeps_nobody_from_those_that_are_not() -> None:
    """It was to collect who comes next: another one does, or is begun."""
    answering = Answering(portions_max=2, apart_s=3600.0)
    (first,) = answering.ask("a", 1)
    await settled()
    line = answering.gathered._lines["a"]
    putting = set(line.tasks)
    (second,) = answering.ask("a", 2)
    await settled()
    await cancel(*line.tasks - putting)
    line.free_s = 0.0
    (third,) = answering.ask("a", 3)
    answering.may.set()

    async with asyncio.timeout(PATIENCE_S):
        assert await asyncio.gather(first, third) == [10, 30]
    assert second.cancelled()
