"""What a dialect has beside its routes: opened in order, closed the other way round, and never forgotten."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from producers.services import Services
from tilde.runtime.tasks import beside


class Notes(list[str]):
    """What happened, in order."""

    @asynccontextmanager
    async def opening(self, name: str) -> AsyncIterator[None]:
        self.append(f"{name} opened")
        try:
            yield
        finally:
            self.append(f"{name} closed")

    async def work(self, name: str) -> None:
        self.append(f"{name} runs")
        try:
            await asyncio.Event().wait()
        finally:
            self.append(f"{name} ended")


async def test_what_was_named_first_is_opened_first_and_closed_last() -> None:
    notes, services = Notes(), Services()
    services.open_with(partial(notes.opening, "socket"))
    services.run_with(partial(notes.work, "task"))
    services.open_with(partial(notes.opening, "file"))

    async with services.opened() as running:
        await asyncio.sleep(0)
        assert notes == ["socket opened", "file opened", "task runs"]
        assert len(running) == 1

    assert notes[3:] == ["file closed", "task ended", "socket closed"]


async def test_a_task_that_ends_ends_what_runs_beside_it() -> None:
    """With what it failed with."""

    async def fail() -> None:
        raise LookupError("no more work")

    services = Services()
    services.run_with(fail)

    with pytest.raises(LookupError, match="no more work"):
        async with services.opened() as running:
            await beside(running, asyncio.Event().wait())


async def test_what_cannot_be_opened_closes_what_was() -> None:
    """And says so to who opens it."""

    @asynccontextmanager
    async def taken() -> AsyncIterator[None]:
        raise OSError("taken")
        yield

    notes, services = Notes(), Services()
    services.open_with(partial(notes.opening, "socket"))
    services.open_with(taken)

    with pytest.raises(OSError, match="taken"):
        async with services.opened():
            pytest.fail("it is not open")
    assert notes == ["socket opened", "socket closed"]
