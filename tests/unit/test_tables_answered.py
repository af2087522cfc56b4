"""The answer of a statement that runs in a process of its own, as questions take it."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest

from api.reads.tables import Tables
from testkit.waiting import PATIENCE_S
from tilde.store import NoTableError, QueryLimitError, StoreReader


class Answering:
    """A store that answers piece by piece, and knows whether its last statement has ended."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.asked: list[str] = []
        self.has_begun, self.has_ended = asyncio.Event(), False
        self.is_endless = False

    async def answer(self, sql: str, *, format_: str, database: str) -> AsyncGenerator[bytes]:
        self.asked.append(f"{database} {format_} {sql}")
        try:
            for piece in self.pieces:
                yield piece
            self.has_begun.set()
            while self.is_endless:
                await asyncio.sleep(PATIENCE_S)
        finally:
            self.has_ended = True


def tables(store: Any) -> Tables:
    return Tables(cast("StoreReader", store), lambda: 3)


async def test_it_is_whole_and_of_the_generation_that_is_read() -> None:
    store = Answering(b"1\n", b"2\n")
    assert await tables(store).answered("SELECT", "TSV", 4) == b"1\n2\n"
    assert store.asked == ["tilde_g3 TSV SELECT"]


async def test_a_statement_ends_where_its_answer_is_larger_than_it_may_be() -> None:
    store = Answering(b"1\n", b"2\n", b"3\n")
    with pytest.raises(QueryLimitError):
        await tables(store).answered("SELECT", "TSV", 3)

    assert store.has_ended


async def test_a_statement_ends_with_who_waits_for_it() -> None:
    store = Answering(b"1\n")
    store.is_endless = True
    waiting = asyncio.create_task(tables(store).answered("SELECT", "TSV", 100))
    await store.has_begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert store.has_ended


async def test_where_a_generation_went_meanwhile_the_next_one_is_asked() -> None:
    class Gone(Answering):
        async def answer(self, sql: str, *, format_: str, database: str) -> AsyncGenerator[bytes]:
            self.asked.append(database)
            raise NoTableError("it went")
            yield sql.encode() + format_.encode()

    generations = iter([1, 2, 2, 2])
    store = Gone()
    with pytest.raises(NoTableError):
        await Tables(cast("StoreReader", store), lambda: next(generations)).answered("SELECT", "TSV", 100)

    assert store.asked == ["tilde_g1", "tilde_g2"]
