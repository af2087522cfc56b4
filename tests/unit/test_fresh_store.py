"""What a request waits for before it reads: once, whatever it reads, and nothing where nobody asked."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from api.reads.fresh_store import FRESH_S_MAX, FreshStore, has_waited, one_request
from tilde.store import Purpose


class Engine:
    """A store and the progress of its sink: the tables have what came once somebody has asked for it."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.has_rows = False
        self.reads: list[bool] = []
        self.store = FreshStore(self, self)  # type: ignore[arg-type]

    async def catch_up(self, within_s: float) -> None:
        self.asked.append(within_s)
        await asyncio.sleep(0)
        self.has_rows = True

    async def rows(self, *_: Any, **__: Any) -> list[tuple[bool]]:
        self.reads.append(self.has_rows)
        return [(self.has_rows,)]

    async def body(self, *_: Any, **__: Any) -> bytes:
        self.reads.append(self.has_rows)
        return b""

    async def answer(self, *_: Any, **__: Any) -> AsyncGenerator[bytes]:
        self.reads.append(self.has_rows)
        yield b"1"


async def answered(engine: Engine) -> list[bytes]:
    return [piece async for piece in engine.store.answer("SELECT 1", format_="CSVWithNames", database="x")]


@pytest.mark.parametrize(
    "read",
    [
        lambda engine: engine.store.rows("SELECT 1"),
        lambda engine: engine.store.rows("SELECT 1", purpose=Purpose.EXPORT),
        lambda engine: engine.store.body("SELECT 1", format_="CSVWithNames"),
        answered,
    ],
)
async def test_whatever_a_request_reads_has_what_came_before_it(read) -> None:
    engine = Engine()
    with one_request():
        await read(engine)

    assert engine.reads == [True]
    assert engine.asked == [FRESH_S_MAX]


async def test_a_request_waits_once_for_all_that_it_reads_and_the_next_one_again() -> None:
    engine = Engine()
    for _ in range(2):
        engine.has_rows = False
        with one_request():
            await asyncio.gather(*(engine.store.rows("SELECT 1") for _ in range(5)))
            await engine.store.rows("SELECT 1")

    assert engine.reads == [True] * 12
    assert len(engine.asked) == 2


async def test_what_no_request_reads_and_what_is_read_for_health_waits_for_nothing() -> None:
    engine = Engine()
    await engine.store.rows("SELECT 1")
    with one_request():
        await engine.store.rows("SELECT 1", purpose=Purpose.HEALTH)
    await engine.store.rows("SELECT 1")

    assert engine.asked == []


async def test_one_who_leaves_takes_nothing_from_what_runs_beside_it() -> None:
    engine = Engine()
    with one_request():
        leaving = asyncio.create_task(engine.store.rows("SELECT 1"))
        staying = asyncio.create_task(engine.store.rows("SELECT 1"))
        await asyncio.sleep(0)
        leaving.cancel()
        assert await staying == [(True,)]

    assert len(engine.asked) == 1


async def test_a_request_that_has_waited_by_itself_waits_no_more_and_the_next_one_does() -> None:
    engine = Engine()
    with one_request():
        has_waited()
        await engine.store.rows("SELECT 1")
        await engine.store.rows("SELECT 1")
    assert engine.asked == []

    has_waited()  # of no request
    with one_request():
        await engine.store.rows("SELECT 1")

    assert len(engine.asked) == 1
