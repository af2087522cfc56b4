"""The operator's API in a folder where no Tilde runs: the edge, the decider and the same routes in this process, no
port.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from producers.edge import open_edge
from producers.edge_log import EdgeLog
from producers.query_api import QueryApi
from producers.wiring import build_app
from streams.decider import Decider
from tilde.cli.folder import DataFolder
from tilde.cli.operator_client import checked
from tilde.clock import SystemClock
from tilde.eventlog.bell import Bell
from tilde.eventlog.logfile import LogFile
from tilde.eventlog.sqlite import BELL_SOCKET, SqliteLog, SqliteWriter, catalog_path, edge_folder
from tilde.settings import Settings, open_keyring, open_operator_token
from tilde.tasks import beside, cancel


class OfflineOperator:
    """Calls the routes in this process. Raises TildeError with what the answer says."""

    def __init__(self, runner: asyncio.Runner, deciding: asyncio.Task[None], client: httpx.AsyncClient) -> None:
        self._runner = runner
        self._deciding = deciding
        self._client = client

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answer of one call."""
        return checked(self._runner.run(beside([self._deciding], self._client.request(method, path, json=body))))


@contextmanager
def offline_operator(settings: Settings, folder: DataFolder, lock: int) -> Iterator[OfflineOperator]:
    """Holds the folder until the block ends."""
    os.chdir(folder.path)
    with asyncio.Runner() as runner:
        context = _client(settings)
        deciding, client = runner.run(context.__aenter__())
        try:
            yield OfflineOperator(runner, deciding, client)
        finally:
            runner.run(context.__aexit__(None, None, None))
            os.close(lock)


@asynccontextmanager
async def _client(settings: Settings) -> AsyncIterator[tuple[asyncio.Task[None], httpx.AsyncClient]]:
    data, clock = Path(), SystemClock()
    keyring = open_keyring(settings)
    bell = Bell(Path(BELL_SOCKET), serves=False)  # never opened: all listeners are in this process
    catalog = LogFile(catalog_path(data), writes=True)
    decider = Decider(SqliteLog(data, bell=bell), SqliteWriter(catalog, bell), clock)
    deciding = asyncio.create_task(decider.run())
    opening = open_edge(EdgeLog(edge_folder(data)), SqliteLog(data, bell=bell), keyring, clock, bell.ring)
    edge = await beside([deciding], opening)
    app = build_app(settings, edge, keyring, QueryApi(url="http://nobody.invalid"))
    headers = {"authorization": f"Bearer {open_operator_token(settings)}"}
    try:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://offline", headers=headers) as client:
            yield deciding, client
    finally:
        await edge.close()
        await cancel(deciding)
        catalog.close()
