"""Ends the work for a client when the client has gone, so that nothing is held for nobody.

A server tells an application of it by the message `http.disconnect`, and leaves the rest to the application.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tilde.runtime.tasks import cancel

T = TypeVar("T")


class ClientGoneError(Exception):
    """The client went before the work was done; the work was cancelled, and has ended."""


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, for a request whose body has been received. Raises ClientGoneError."""
    return await _unless(_gone(receive), work)


async def ends_with_client(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Runs an application for one request, and cancels it when the client goes."""
    if scope["type"] != "http":
        await app(scope, receive, send)
        return
    received: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)

    async def pump() -> None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            await received.put(message)

    async def run() -> None:
        await app(scope, received.get, send)

    with suppress(ClientGoneError):
        await _unless(pump(), run())


async def _unless(gone: Coroutine[Any, Any, None], work: Coroutine[Any, Any, T]) -> T:
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(gone)
    try:
        await asyncio.wait([working, leaving], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        leaving.result()
    finally:
        await cancel(working, leaving)
    raise ClientGoneError


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
