"""Trying again: after which errors, how long it rests, and what is told."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tilde.eventlog import LogError
from tilde.runtime.retrying import Retrying
from tilde.runtime.tasks import cancel
from tilde.runtime.telling import Outage

TOLD = [
    "tilde role: the log does not answer, and is tried again until it does: away 1",
    "tilde role: the log answers again",
]


def failing(times: int, error: Callable[[str], Exception] = LogError) -> Callable[[], Awaitable[str]]:
    """A step that fails so often, and then works."""
    tries = 0

    async def step() -> str:
        nonlocal tries
        tries += 1
        if tries <= times:
            raise error(f"away {tries}")
        return "done"

    return step


async def test_a_step_is_tried_until_it_works_and_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    retrying = Retrying(LogError, 0, outage=Outage("role", "the log"))

    assert await retrying.run(failing(3)) == "done"
    assert capsys.readouterr().err.splitlines() == TOLD


async def test_a_pause_doubles_up_to_its_bound_and_begins_anew_with_each_run() -> None:
    pauses: list[float] = []
    retrying = Retrying(LogError, 1, 5, spread=lambda pause_s: pauses.append(pause_s) or 0)

    await retrying.run(failing(5))
    await retrying.run(failing(1))

    assert pauses == [1, 2, 4, 5, 5, 1]


async def test_a_pause_without_a_bound_stays_as_it_is() -> None:
    pauses: list[float] = []

    await Retrying(LogError, 1, spread=lambda pause_s: pauses.append(pause_s) or 0).run(failing(3))

    assert pauses == [1, 1, 1]


async def test_the_last_try_fails_for_the_caller_where_tries_are_bounded() -> None:
    """Each run has as many, and one that works among them is well."""
    pauses: list[float] = []
    retrying = Retrying(LogError, 1, 5, spread=lambda pause_s: pauses.append(pause_s) or 0, tries_max=3)

    assert await retrying.run(failing(2)) == "done"
    with pytest.raises(LogError, match="away 3"):
        await retrying.run(failing(3))

    assert pauses == [1, 2, 1, 2]
    assert retrying.trouble == "away 3"


async def test_what_works_within_a_step_says_nothing_of_the_step(capsys: pytest.CaptureFixture[str]) -> None:
    """A sink's round has its own tries, and the inserts in it have theirs, of the same store. It answers again when the
    round is through.
    """
    retrying = Retrying(LogError, 0, outage=Outage("role", "the log"))
    round_, told = failing(2), []

    async def step() -> str:
        await retrying.run(failing(0))
        told.append(capsys.readouterr().err.splitlines())
        return await round_()

    await retrying.run(step)
    told.append(capsys.readouterr().err.splitlines())

    assert told == [[], TOLD[:1], [], TOLD[1:]]


async def test_no_other_error_is_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    """A bug ends the process: nothing hides it."""
    retrying = Retrying(LogError, 0, outage=Outage("role", "the log"))

    with pytest.raises(ZeroDivisionError, match="away 1"):
        await retrying.run(failing(1, ZeroDivisionError))

    assert capsys.readouterr().err == ""


async def test_trouble_is_what_the_last_try_failed_with() -> None:
    retrying = Retrying(LogError, 60)
    running = asyncio.create_task(retrying.run(failing(1)))
    await asyncio.sleep(0)
    while_away = retrying.trouble
    await cancel(running)
    await retrying.run(failing(0))

    assert (while_away, retrying.trouble) == ("away 1", None)


async def test_who_is_cancelled_while_it_fails_leaves_no_outage_behind(capsys: pytest.CaptureFixture[str]) -> None:
    """Others that use the same thing would never tell that it answers again."""
    outage = Outage("role", "the log")
    running = asyncio.create_task(Retrying(LogError, 60, outage=outage).run(failing(1)))
    await asyncio.sleep(0)
    await cancel(running)
    capsys.readouterr()

    await Retrying(LogError, 0, outage=outage).run(failing(1))

    assert capsys.readouterr().err.splitlines() == TOLD
