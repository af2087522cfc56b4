"""A transport that calls a web application in this process, and hands its answer on piece by piece, as servers do."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Scope

from tilde.runtime.tasks import cancel

PIECES_MAX = 8  # so many stand between an application and who takes its answer


class InProcess(httpx.AsyncBaseTransport):
    """Calls an application in this process. Of a request that an edge passes on, the extension `target` is the path as
    the client wrote it; the application gets that one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Returns once the answer has begun. Raises what the application raises before."""
        url = request.url
        if "target" in request.extensions:
            url = url.copy_with(raw_path=request.extensions["target"])
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query,
            "server": (url.host, url.port),
            "client": ("127.0.0.1", 0),
            "root_path": "",
        }
        return await _Answer(self._app, scope, await request.aread()).begun()


class _Answer(httpx.AsyncByteStream):
    """The answer to one request. Reading raises RemoteProtocolError where it is cut off."""

    def __init__(self, app: ASGIApp, scope: Scope, body: bytes) -> None:
        self._request: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self._head: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue(PIECES_MAX)
        self._gone = asyncio.Event()  # nobody listens any more, or all was said
        self._is_whole = False
        self._task = asyncio.ensure_future(app(scope, self._receive, self._send))

    async def begun(self) -> httpx.Response:
        """Status and headers, and this as the body. Raises what the application raises before."""
        try:
            either: list[asyncio.Future[Any]] = [self._head, self._task]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._head.done():
                return self._head.result()
            self._task.result()
        except BaseException:
            await self.aclose()
            raise
        raise httpx.RemoteProtocolError("there was no answer")

    async def _receive(self) -> Message:
        if self._request:
            return self._request.pop()
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head.set_result(httpx.Response(message["status"], headers=message["headers"], stream=self))
            return
        if piece := message.get("body"):
            await self._pieces.put(piece)
        if not message.get("more_body"):
            self._is_whole = True
            self._gone.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not (self._task.done() and self._pieces.empty()):
            taking = asyncio.ensure_future(self._pieces.get())
            if self._pieces.empty():
                await asyncio.wait([taking, self._task], return_when=asyncio.FIRST_COMPLETED)
            else:
                await taking
            if not taking.done():
                await cancel(taking)
            if not taking.cancelled():
                yield taking.result()
        if not self._is_whole:
            raise httpx.RemoteProtocolError("the answer was cut off") from self._task.exception()

    async def aclose(self) -> None:
        self._gone.set()
        await cancel(self._task)
