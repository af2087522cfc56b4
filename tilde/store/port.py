"""The store, as everything but its adapter sees it: tables that take Avro blocks and answer SQL.

What can go wrong:

    StoreBusyError      a StoreError: nothing is wrong, others were first
    StoreError          passing: the store is away, full or overloaded. What was being written may be there all the
                        same, and writing it again is harmless, since every row is idempotent.
    BlockRefusedError   something in the block cannot be a row; nothing of the block was written
    QueryRefusedError   the statement is wrong: a bug, unless an operator wrote it
      QueryLimitError   it asked for more time, memory or rows than its purpose allows
      NoTableError      its table or database is not there: not made yet, or dropped for a newer generation
"""

from collections.abc import AsyncGenerator, Mapping
from enum import StrEnum
from typing import Any, Protocol

SqlParameters = Mapping[str, Any]
"""Values by name, for `{name:Type}` in a statement. They travel apart from it, so no value can become SQL."""

Row = tuple[Any, ...]


class StoreError(Exception):
    """The store cannot do its work now. Trying again later may help."""


class StoreBusyError(StoreError):
    """As many statements run as may at once. The message says so: nothing is wrong."""


class BlockRefusedError(Exception):
    """The block holds something that the table cannot take; nothing of it was written."""


class QueryRefusedError(Exception):
    """The statement is wrong. Trying again gives the same answer."""


class QueryLimitError(QueryRefusedError):
    """The statement asked for more time, memory or rows than its purpose allows."""


class NoTableError(QueryRefusedError):
    """A table or a database of the statement is not there."""


class Purpose(StrEnum):
    """What a read is for. Each has its own threads and limits, so that an export never keeps a chart waiting."""

    HEALTH = "health"  # whether the store answers: waits behind nothing
    REQUEST = "request"  # somebody waits for it: short
    EXPORT = "export"  # a page of many rows, at the pace of who takes them
    JOB = "job"  # the answer to a question that somebody comes for later


class StoreReader(Protocol):
    """Reads. Every statement runs read-only and within the limits of its purpose. Safe from any number of tasks."""

    async def rows(
        self, sql: str, parameters: SqlParameters | None = None, purpose: Purpose = Purpose.REQUEST
    ) -> list[Row]:
        """The result's rows. Raises QueryRefusedError, QueryLimitError, StoreError."""
        ...

    async def body(
        self,
        sql: str,
        parameters: SqlParameters | None = None,
        purpose: Purpose = Purpose.REQUEST,
        *,
        format_: str,
        database: str | None = None,
    ) -> bytes:
        """The result in a ClickHouse format, as the engine wrote it. Raises as `rows`.

        `database` is where names without one are looked up.
        """
        ...

    def answer(self, sql: str, *, format_: str, database: str) -> AsyncGenerator[bytes]:
        """What an operator's statement answers, in the CSVWithNames, JSONEachRow or a Pretty format, piece by piece.

        It runs beside all other reads: none waits for it, whatever it costs. It ends when the iterator is closed and
        within SQL_S, whatever it does. Raises as `rows`, QueryLimitError also behind some pieces, StoreBusyError.
        """
        ...


class Store(StoreReader, Protocol):
    """Reads and writes. One process writes a generation; calls of its tasks are taken one after the other."""

    async def insert_block(self, table: str, block: bytes, format_: str = "Avro") -> None:
        """Inserts a whole block of rows, or nothing. On return it is durable and in sight of every later read.

        Raises BlockRefusedError, StoreError.
        """
        ...

    async def execute(self, sql: str, parameters: SqlParameters | None = None) -> None:
        """Runs one statement that changes tables. Raises QueryRefusedError, StoreError."""
        ...

    async def close(self) -> None:
        """Waits for what runs, then gives everything back. Nothing may be called after it."""
        ...
