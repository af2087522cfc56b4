"""The store on ClickHouse: chDB in this process, or a server over HTTP. One client a thread: a shared one is serial."""

import asyncio
import shutil
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from clickhouse_connect.driver.client import Client

from tilde.store.connect import embedded_folder, is_embedded, open_store_client, read_failure, translated
from tilde.store.port import Purpose, Row, SqlParameters
from tilde.store.profiles import EMBEDDED_ENGINE, READERS, THREADS, WRITER, EngineSettings
from tilde.store.spool import Spool
from tilde.store.sql import statement
from tilde.store.sql_runner import SqlRunner

T = TypeVar("T")


class _Threads:
    """Threads with a client each, opened at first use: a server that is away when we start is no reason to end."""

    def __init__(self, name: str, threads: int, dsn: str, settings: EngineSettings, *, read_only: bool) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=f"store-{name}")
        self._open = partial(open_store_client, dsn, settings, read_only=read_only)
        self._own = threading.local()
        self._clients: list[Client] = []

    async def run(self, call: Callable[[Client], T]) -> T:
        """What the call returns, in a thread of ours."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._with_client, call)

    def _with_client(self, call: Callable[[Client], T]) -> T:
        client: Client | None = getattr(self._own, "client", None)
        if client is None:
            client = self._own.client = self._open()
            self._clients.append(client)
        try:
            return call(client)
        except BaseException:  # chDB keeps what a failed query has sent, and gives it to the next one: another user's
            self._own.client = None
            self._clients.remove(client)
            client.close()
            raise

    def close(self) -> None:
        """Waits for the calls that run."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        for client in self._clients:
            client.close()


class ClickHouse:
    """A Store. Make it with `open_store`; never fork afterwards: chDB hangs in the child."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._runner = SqlRunner(self._snapshot, read_failure)
        self._writer = _Threads("writer", 1, dsn, WRITER, read_only=False)
        self._readers = {
            purpose: _Threads(purpose, THREADS[purpose], dsn, settings, read_only=True)
            for purpose, settings in READERS.items()
        }
        self._spool: Spool | None = None

    async def open(self) -> None:
        """Returns once it has answered. Raises StoreError, StoreTakenError, SettingsError."""
        await self.execute("SELECT 1")
        if is_embedded(self._dsn):
            folder = Path(embedded_folder(self._dsn))
            with translated():
                self._spool = Spool(folder)
            for left in folder.glob("sql-*"):  # by a statement's process that was killed
                shutil.rmtree(left, ignore_errors=True)

    async def rows(
        self, sql: str, parameters: SqlParameters | None = None, purpose: Purpose = Purpose.REQUEST
    ) -> list[Row]:
        def call(client: Client) -> list[Row]:
            with translated():
                return [tuple(row) for row in client.query(sql, parameters=dict(parameters or {})).result_rows]

        return await self._readers[purpose].run(call)

    async def body(
        self,
        sql: str,
        parameters: SqlParameters | None = None,
        purpose: Purpose = Purpose.REQUEST,
        *,
        format_: str,
        database: str | None = None,
    ) -> bytes:
        def call(client: Client) -> bytes:
            client.database = database
            with translated():
                return client.raw_query(sql, parameters=dict(parameters or {}), fmt=format_)

        return await self._readers[purpose].run(call)

    def answer(self, sql: str, *, format_: str, database: str) -> AsyncGenerator[bytes]:
        return self._runner.answer(sql, format_, database)

    async def _snapshot(self) -> dict[str, Any]:
        """Over what a statement is run in a process of its own: what a Job has beside the statement."""
        if not is_embedded(self._dsn):
            return {"dsn": self._dsn}
        parts = await self.rows(statement("tilde.store", "snapshot.parts"))
        tables = await self.rows(statement("tilde.store", "snapshot.tables"))
        return {"within": embedded_folder(self._dsn), "engine": EMBEDDED_ENGINE, "tables": tables, "parts": parts}

    async def insert_block(self, table: str, block: bytes, format_: str = "Avro") -> None:
        def call(client: Client) -> None:
            with translated(inserting=True):
                client.raw_insert(table, insert_block=block, fmt=format_)

        await self._writer.run(call)

    async def execute(self, sql: str, parameters: SqlParameters | None = None) -> None:
        def call(client: Client) -> None:
            with translated():
                client.command(sql, parameters=dict(parameters or {}))

        await self._writer.run(call)

    async def close(self) -> None:
        for threads in (*self._readers.values(), self._writer):
            await asyncio.to_thread(threads.close)
        if self._spool is not None:
            self._spool.close()


async def open_store(dsn: str) -> ClickHouse:
    """The store at chdb:///ABSOLUTE/PATH or clickhouse://USER:PASSWORD@HOST:PORT, once it has answered.

    Raises StoreError, StoreTakenError, SettingsError.
    """
    store = ClickHouse(dsn)
    try:
        await store.open()
    except BaseException:
        await store.close()
        raise
    return store
