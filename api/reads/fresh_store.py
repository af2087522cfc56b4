"""What was acknowledged before a request came is in what the request reads, unless that takes more than a second."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from contextvars import ContextVar

from tilde.store import Purpose, Row, SqlParameters, StoreReader
from tilde.store.progress import Progress

FRESH_S_MAX = 1.0  # so long a request waits for its rows; then it reads what there is


class _Request:
    """What one request waits for: once, however many statements it runs, and however many at a time."""

    __slots__ = ("caught_up",)

    def __init__(self) -> None:
        self.caught_up: asyncio.Future[None] | None = None


_request: ContextVar[_Request | None] = ContextVar("request", default=None)


@contextmanager
def one_request() -> Iterator[None]:
    """The statements inside are those of one request that has just come."""
    token = _request.set(_Request())
    try:
        yield
    finally:
        _request.reset(token)


def has_waited() -> None:
    """What this request is about to read, it has waited for in a way of its own: its statements wait no more."""
    request = _request.get()
    if request is not None and request.caught_up is None:
        request.caught_up = asyncio.get_running_loop().create_future()
        request.caught_up.set_result(None)


class FreshStore:
    """A StoreReader over another one. The first statement of a request waits until the tables have what was
    acknowledged before, FRESH_S_MAX at most, where they are filled in this process. What is read for health waits for
    nothing, nor does what no request reads.
    """

    def __init__(self, store: StoreReader, progress: Progress) -> None:
        self._store = store
        self._progress = progress

    async def rows(
        self, sql: str, parameters: SqlParameters | None = None, purpose: Purpose = Purpose.REQUEST
    ) -> list[Row]:
        if purpose is not Purpose.HEALTH:
            await self._catch_up()
        return await self._store.rows(sql, parameters, purpose)

    async def body(
        self,
        sql: str,
        parameters: SqlParameters | None = None,
        purpose: Purpose = Purpose.REQUEST,
        *,
        format_: str,
        database: str | None = None,
    ) -> bytes:
        await self._catch_up()
        return await self._store.body(sql, parameters, purpose, format_=format_, database=database)

    async def answer(self, sql: str, *, format_: str, database: str) -> AsyncGenerator[bytes]:
        await self._catch_up()
        async with aclosing(self._store.answer(sql, format_=format_, database=database)) as pieces:
            async for piece in pieces:
                yield piece

    async def _catch_up(self) -> None:
        request = _request.get()
        if request is None:
            return
        if request.caught_up is None:
            request.caught_up = asyncio.create_task(self._progress.catch_up(FRESH_S_MAX))
        if not request.caught_up.done():
            await asyncio.shield(request.caught_up)
