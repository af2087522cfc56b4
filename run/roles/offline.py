"""The operator's API in a folder where no Tilde runs: the edge, the decider and the same routes in this process, no
port.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Generator, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any, TypeVar

import httpx
from starlette.types import ASGIApp

from producers.web.query_api import QueryApi
from producers.wiring import build_app, open_embedded_edge
from run.process.folder_lock import DataFolder
from run.process.in_process import InProcess
from run.process.operator_client import AnswerCutOffError, checked, json_of
from run.roles.deciding import start_decider
from tilde.data_folder import api_path, bell_path
from tilde.errors import TildeError
from tilde.eventlog.bell import Bell
from tilde.runtime.clock import SystemClock
from tilde.runtime.tasks import beside, cancel
from tilde.settings import Settings, open_keyring, open_operator_token
from tilde.web.http_clients import open_async_client, open_transport

T = TypeVar("T")


class OfflineOperator:
    """Calls the routes in this process. Raises TildeError with what the answer says."""

    def __init__(self, runner: asyncio.Runner, client: httpx.AsyncClient, background: asyncio.Task[None]) -> None:
        self._runner = runner
        self._client = client
        self._background = background

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answer of one call."""
        with self._begun(method, path, body) as answer:
            self._run(answer.aread())
        return json_of(answer)

    def pieces(self, method: str, path: str, body: dict[str, Any] | None = None) -> Generator[bytes, None, None]:
        """The answer of one call as it comes. Raises AnswerCutOffError where it has no end."""
        with self._begun(method, path, body) as answer:
            coming = answer.aiter_bytes()
            while (piece := self._run(_next(coming))) is not None:
                yield piece

    @contextmanager
    def _begun(self, method: str, path: str, body: dict[str, Any] | None) -> Iterator[httpx.Response]:
        """An answer of which no more than the head is there, and that is no error."""
        try:
            answer = self._run(self._client.send(self._client.build_request(method, path, json=body), stream=True))
        except httpx.TransportError as cause:
            raise TildeError(f"there is no answer from the data folder: {cause}") from None
        try:
            if not answer.is_success:
                self._run(answer.aread())
            yield checked(answer)
        except httpx.TransportError as cause:
            raise AnswerCutOffError(f"the answer has no end: {cause}") from None
        finally:
            self._run(answer.aclose())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(beside([self._background], work))


@contextmanager
def offline_operator(
    settings: Settings, folder: DataFolder, lock: int, *, needs_store: bool
) -> Iterator[OfflineOperator]:
    """Holds the folder until the block ends. Without the store, accounts can be managed, and at once."""
    if needs_store:
        from tilde.store.connect import import_engine  # noqa: PLC0415 - it takes a second

        import_engine()  # before any task or thread is there
    with asyncio.Runner() as runner:
        opened: asyncio.Future[httpx.AsyncClient] = runner.get_loop().create_future()
        background = runner.get_loop().create_task(_open(settings, opened, needs_store=needs_store))
        try:
            client = runner.run(beside([background], _result(opened)))
            yield OfflineOperator(runner, client, background)
        finally:
            runner.run(cancel(background))
            os.close(lock)


async def _result(opened: "asyncio.Future[httpx.AsyncClient]") -> httpx.AsyncClient:
    return await opened


async def _open(settings: Settings, opened: "asyncio.Future[httpx.AsyncClient]", *, needs_store: bool) -> None:
    """Everything open, until cancelled."""
    data = settings.data
    bell = Bell(bell_path(data), serves=False)  # never opened: all listeners are in this process
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        if needs_store:
            api = QueryApi(InProcess(await _query_api(settings, bell, stack, tasks)))
        else:
            start_decider(data, bell, stack, tasks)
            api = QueryApi(open_transport(uds=str(api_path(data))))
        stack.push_async_callback(api.close)
        keyring = open_keyring(settings)
        edge = await open_embedded_edge(data, keyring, SystemClock(), bell, stack)
        app = build_app(settings, edge, keyring, api)
        headers = {"authorization": f"Bearer {open_operator_token(settings)}"}
        transport = InProcess(app)
        async with open_async_client(transport, base_url="http://offline", headers=headers) as client:
            opened.set_result(client)
            await asyncio.Event().wait()


async def _query_api(settings: Settings, bell: Bell, stack: AsyncExitStack, tasks: asyncio.TaskGroup) -> ASGIApp:
    from run.roles.pipeline import open_pipeline  # noqa: PLC0415 - half a second, which accounts do not need

    return await open_pipeline(settings, bell, stack, tasks)


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    return await anext(pieces, None)
