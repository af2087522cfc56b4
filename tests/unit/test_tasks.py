"""Tasks that end with what they began."""

import asyncio
import threading

import pytest

from tilde.runtime.tasks import beside, cancel, in_thread


async def test_who_cancels_work_in_a_thread_waits_until_the_thread_is_done() -> None:
    """What the thread works on may be closed then: closed under it, SQLite crashes the process."""
    begun, go, ended = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        go.wait(5)
        ended.append(True)

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait, 5)
    cancelling = asyncio.create_task(cancel(task))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not cancelling.done()

    go.set()
    await cancelling
    assert ended == [True]
    assert task.cancelled()


async def test_what_a_thread_raises_is_raised() -> None:
    """As without a thread."""

    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await in_thread(broken)


async def test_cancelling_raises_nothing_of_what_is_cancelled_and_is_cancelled_itself() -> None:
    """A failure is for who ran the task; being cancelled while waiting is the caller's own affair."""

    async def fails() -> None:
        raise ZeroDivisionError

    failed = asyncio.create_task(fails())
    await asyncio.sleep(0)
    await cancel(failed)

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)

    waited_for = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    caller = asyncio.create_task(cancel(waited_for))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await cancel(waited_for)


async def test_a_background_task_that_fails_ends_the_work_beside_it_with_what_it_failed_with() -> None:
    """As the forwarder ends an edge; the work is not left running."""
    ended: list[str] = []

    async def fail() -> None:
        raise LookupError("it cannot go on")

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("the work")

    with pytest.raises(LookupError, match="it cannot go on"):
        await beside([asyncio.create_task(fail())], work())
    assert ended == ["the work"]


async def test_a_background_task_may_not_end_by_itself() -> None:
    with pytest.raises(RuntimeError, match="a background task ended by itself"):
        await beside([asyncio.create_task(asyncio.sleep(0))], asyncio.Event().wait())


async def test_what_works_beside_others_has_its_result() -> None:
    waiting = asyncio.create_task(asyncio.Event().wait())

    assert await beside([waiting], asyncio.sleep(0, "done")) == "done"
    await cancel(waiting)
