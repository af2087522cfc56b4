"""One question for all who want its answer: how often it is put, and how old an answer may be."""

import asyncio

import pytest

from tilde.runtime.shared import Shared


class Question:
    """Is answered when `now` is called; each answer is the question's number."""

    def __init__(self) -> None:
        self.put = 0
        self._answers: list[asyncio.Future[int]] = []
        self.shared = Shared(self._put)

    async def _put(self) -> int:
        self.put += 1
        self._answers.append(asyncio.get_running_loop().create_future())
        return await self._answers[-1]

    def now(self, error: Exception | None = None) -> None:
        if error is None:
            self._answers[-1].set_result(self.put)
        else:
            self._answers[-1].set_exception(error)

    def wish(self) -> asyncio.Task[int]:
        return asyncio.create_task(self.shared.answer())


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def question() -> Question:
    return Question()


async def test_all_who_ask_at_a_time_cost_one_question(question: Question) -> None:
    wishes = [question.wish() for _ in range(1_000)]
    await settled()
    question.now()

    assert {await wish for wish in wishes} == {1}


async def test_an_answer_is_never_older_than_the_wish_for_it(question: Question) -> None:
    """Who asks while a question runs may know of something that it does not: he waits for the next one."""
    first = question.wish()
    await settled()
    later = [question.wish() for _ in range(3)]
    await settled()
    assert question.put == 1
    question.now()
    await settled()
    question.now()

    assert (await first, {await wish for wish in later}, question.put) == (1, {2}, 2)


async def test_one_who_goes_takes_nobodys_answer_away(question: Question) -> None:
    leaving, staying = question.wish(), question.wish()
    await settled()
    leaving.cancel()
    await settled()
    question.now()

    assert await staying == 1


async def test_an_error_is_everybodys_and_the_next_question_is_put_all_the_same(question: Question) -> None:
    wishes = [question.wish(), question.wish()]
    await settled()
    later = question.wish()
    question.now(OSError("away"))
    await settled()
    question.now()

    assert [str(error) for error in await asyncio.gather(*wishes, return_exceptions=True)] == ["away", "away"]
    assert await later == 2


async def test_who_comes_before_a_question_may_be_put_has_its_answer() -> None:
    """Nothing was asked yet, so nothing is older than his wish."""
    question, may = Question(), asyncio.Event()
    question.shared = Shared(question._put, may.wait)
    first = question.wish()
    await settled()
    later = question.wish()
    await settled()
    assert question.put == 0
    may.set()
    await settled()
    question.now()

    assert (await first, await later) == (1, 1)


async def test_where_a_turn_fails_whoever_waits_is_told_and_the_next_question_is_put() -> None:
    """The question was never put, and none stands in anybody's way."""
    question, turns = Question(), [OSError("no turn")]

    async def turn() -> None:
        if turns:
            raise turns.pop()

    question.shared = Shared(question._put, turn)
    told = await asyncio.gather(question.wish(), question.wish(), return_exceptions=True)
    assert [str(error) for error in told] == ["no turn", "no turn"]
    assert question.put == 0
    later = question.wish()
    await settled()
    question.now()

    assert await later == 1
