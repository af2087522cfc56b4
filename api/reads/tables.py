"""The runner of statements on the tables of the generation that is read: those of `sql/` beside it, but for the few
that ask the store about itself (`operator_sql/guard.py`).
"""

import struct
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from functools import partial
from typing import Any, TypeVar

from tilde.store import NoTableError, Purpose, QueryLimitError, Row, SqlParameters, StoreReader
from tilde.store.migrate import database_of
from tilde.store.sql import statement

T = TypeVar("T")
NONE: SqlParameters = {}


class Tables:
    """Runs statements by their names, with values, under the limits of their purpose. Each is told its `database`;
    `generation` says which generation is read at the moment.

    Raises StoreError, QueryLimitError, and QueryRefusedError for a bug. A generation that was replaced may be gone in
    the middle of a statement: then the new one is asked, and nobody hears of it.
    """

    def __init__(self, store: StoreReader, generation: Callable[[], int]) -> None:
        self._store = store
        self._generation = generation

    async def rows(self, name: str, parameters: SqlParameters = NONE, purpose: Purpose = Purpose.REQUEST) -> list[Row]:
        """The rows that a statement of `sql/` gives, by its name."""
        return await self.composed_rows(_named(name), parameters, purpose)

    async def page(
        self, name: str, count: str, parameters: SqlParameters, skip: int, limit: int
    ) -> tuple[int, list[Row]]:
        """How many rows there are in all, which each row of `name` says first, and those of a page. Statement `count`
        is asked where the page has none: a second statement takes half as long again.
        """
        rows = await self.rows(name, {**parameters, "skip": skip, "limit": limit})
        if rows:
            return int(rows[0][0]), [row[1:] for row in rows]
        ((total,),) = await self.rows(count, parameters) if skip else ((0,),)
        return int(total), []

    async def packed(self, name: str, parameters: SqlParameters, row: str) -> Iterator[tuple[Any, ...]]:
        """The same for very many rows of numbers, each packed as `row` says (`<Qq`: one of each 64 bits)."""
        return struct.iter_unpack(row, await self.body(name, parameters, "RowBinary"))

    async def composed_rows(self, sql: str, parameters: SqlParameters, purpose: Purpose) -> list[Row]:
        """As `rows`, of a statement that was put together from several of `sql/`."""
        return await self._run(partial(self._store.rows, purpose=purpose), sql, parameters)

    async def composed(self, sql: str, parameters: SqlParameters, format_: str, purpose: Purpose) -> bytes:
        """As `body`, of a statement that was put together from several of `sql/`."""
        return await self._run(partial(self._store.body, purpose=purpose, format_=format_), sql, parameters)

    async def body(
        self, name: str, parameters: SqlParameters, format_: str, purpose: Purpose = Purpose.REQUEST
    ) -> bytes:
        """The result in a format of the engine."""
        return await self.composed(_named(name), parameters, format_, purpose)

    async def answered(self, sql: str, format_: str, bytes_max: int) -> bytes:
        """The answer of a statement that runs in a process of its own, over tables without a database before them; it
        ends with who waits for it. Raises QueryLimitError too where it is larger than so many bytes.
        """

        async def ask(sql: str, parameters: SqlParameters) -> bytes:
            answer = bytearray()
            pieces = self._store.answer(sql, format_=format_, database=str(parameters["database"]))
            async with aclosing(pieces):
                async for piece in pieces:
                    answer += piece
                    if len(answer) > bytes_max:
                        raise QueryLimitError(f"the answer is larger than {bytes_max} bytes")
            return bytes(answer)

        return await self._run(ask, sql, NONE)

    async def _run(self, ask: Callable[[str, SqlParameters], Awaitable[T]], sql: str, parameters: SqlParameters) -> T:
        generation = self._generation()
        try:
            return await ask(sql, _on(generation, parameters))
        except NoTableError:
            if self._generation() == generation:
                raise
            return await ask(sql, _on(self._generation(), parameters))


def _named(name: str) -> str:
    return statement("api.reads", name)


def _on(generation: int, parameters: SqlParameters) -> SqlParameters:
    return {"database": database_of(generation), **parameters}
