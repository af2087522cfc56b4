"""What a dialect has beside its routes: opened in order, closed the other way round, and never forgotten."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from producers.services import Services


class Notes(list[str]):
    """What happened, in order."""

    @asynccontextmanager
    async def opening(self, name: str) -> AsyncIterator[None]:
        self.append(f"{name} opened")
        try:
            yield
        finally:
            self.append(f"{name} closed")


async def test_what_was_named_first_is_opened_first_and_closed_last() -> None:
    notes, services = Notes(), Services()
    services.open_with(partial(notes.opening, "socket"))
    services.open_with(partial(notes.opening, "file"))

    async with services.opened():
        assert notes == ["socket opened", "file opened"]

    assert notes[2:] == ["file closed", "socket closed"]


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
