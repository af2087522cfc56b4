"""The thread that an edge's log is written in."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from producers.edge.edge_log import LogThread
from testkit.waiting import PATIENCE_S


@pytest.fixture
async def thread() -> Iterator[LogThread]:
    thread = LogThread()
    yield thread
    thread.close()


async def test_calls_run_one_by_one_in_the_order_asked_beside_the_loop(thread: LogThread) -> None:
    """Each caller is told what his returned."""
    ran: list[tuple[int, str]] = []

    def call(number: int) -> int:
        ran.append((number, threading.current_thread().name))
        return number * 2

    told = await asyncio.gather(*(thread.run(call, number) for number in range(20)))

    assert told == [number * 2 for number in range(20)]
    assert ran == [(number, "edge-log") for number in range(20)]


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt()], ids=repr)
async def test_what_a_call_raises_is_its_callers(thread: LogThread, error: BaseException) -> None:
    """The thread goes on."""

    def broken() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        await thread.run(broken)
    assert raised.value is error
    assert await thread.run(int) == 0


async def test_a_caller_that_is_cancelled_harms_nobody(thread: LogThread, caplog: pytest.LogCaptureFixture) -> None:
    """What he asked for is done all the same, and so is what the next one asks for."""
    go = threading.Event()
    gone = asyncio.ensure_future(thread.run(go.wait, PATIENCE_S))
    stays = thread.run(int)
    gone.cancel()
    go.set()

    assert await asyncio.wait_for(stays, PATIENCE_S) == 0
    assert caplog.records == []


async def test_it_closes_when_all_that_was_asked_is_done() -> None:
    thread = LogThread()
    done: list[int] = []
    for number in range(5):
        thread.run(done.append, number)
    thread.close()

    assert done == [0, 1, 2, 3, 4]


def test_a_loop_that_has_ended_meanwhile_is_nobodys_trouble(capfd: pytest.CaptureFixture[str]) -> None:
    """As when a process ends in the middle of a commit."""
    go = threading.Event()

    async def begin() -> LogThread:
        thread = LogThread()
        thread.run(go.wait, PATIENCE_S)
        return thread

    thread = asyncio.run(begin())
    go.set()
    thread.close()

    assert capfd.readouterr().err == ""
