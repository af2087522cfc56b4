"""An answer of the query API, passed on as it comes; whatever ends it, nothing of it stays open."""

import asyncio
from collections.abc import Hashable
from contextlib import AsyncExitStack, nullcontext, suppress
from typing import Any

import httpx
from fastapi import Response
from starlette.types import Receive, Scope, Send

from producers.web.answering import Answering, AnswersNobodyError
from producers.web.limited_protocol import ABORT
from producers.web.seats import NoSeatError, Seat, Seats, Who
from tilde.web.client_gone import ClientGoneError, unless_gone
from tilde.web.failures import failure

AWAY = "the query API is not running; try again soon"
NO_ANSWER = "the query API does not answer; try again soon"
BUSY = "too many reads at a time; try again soon"
PASSED_ON_BYTES_MAX = 1 << 20  # a statement, or a schema, of 100,000 characters, however they are escaped
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "host"}
_OURS = HOP_BY_HOP | {"date"}  # a reply has one, our own


class PassedOn(Response):
    """Asks when it is its turn, and passes the answer on until it or its client ends. 503 in plain words where the API
    is away, or has too much to do; with `answering` also where it answers nobody. Without, its answer may take minutes.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        request: httpx.Request,
        seats: Seats,
        who: Who,
        what: Hashable = None,
        answering: Answering | None = None,
    ) -> None:
        super().__init__()
        self._client = client
        self._request = request
        self._seats = seats
        self._who = who
        self._what = what
        self._answering = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(ClientGoneError):
            await unless_gone(receive, self._answer(scope, receive, send))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        abort = scope.get(ABORT, _cannot_abort)
        try:
            async with AsyncExitStack() as held:
                async with nullcontext() if self._answering is None else self._answering.required():
                    seat = await held.enter_async_context(self._seats.seated(self._who, abort, self._what))
                    answer = await self._client.send(self._request, stream=True)
                try:
                    if answer.has_redirect_location:  # a proxy's on the way: it names a host that is not the user's
                        await _unavailable(scope, AWAY)(scope, receive, send)
                    else:
                        await _pass_on(answer, seat, send)
                finally:
                    await answer.aclose()
        except AnswersNobodyError:
            await _unavailable(scope, NO_ANSWER)(scope, receive, send)
        except NoSeatError:
            await _unavailable(scope, BUSY)(scope, receive, send)
        except _BrokenOffError:
            abort()  # whoever reads it must not take it for whole
            await asyncio.Event().wait()  # until the connection is gone
        except httpx.TransportError:
            await _unavailable(scope, AWAY)(scope, receive, send)


class _BrokenOffError(Exception):
    """The API ended in the middle of its answer."""


async def _pass_on(answer: httpx.Response, seat: Seat, send: Send) -> None:
    kept = [(name.lower(), value) for name, value in answer.headers.raw]
    headers = [(name, value) for name, value in kept if name.decode() not in _OURS]
    # Each may have to wait until the client has taken what was sent before: the first, on a connection in use, and the
    # last too.
    start = {"type": "http.response.start", "status": answer.status_code, "headers": headers}
    await seat.while_it_is_taken(send(start))
    try:
        async for chunk in answer.aiter_raw():
            await seat.while_it_is_taken(send({"type": "http.response.body", "body": chunk, "more_body": True}))
    except httpx.TransportError:
        raise _BrokenOffError from None
    await seat.while_it_is_taken(send({"type": "http.response.body", "body": b"", "more_body": False}))


def _unavailable(scope: Scope, message: str) -> Response:
    return failure(scope["path"], 503, message, {"retry-after": "2"})


def _cannot_abort() -> None:
    raise ConnectionAbortedError("the query API ended in the middle of its answer")


def pass_over_late_wakeups(loop: asyncio.AbstractEventLoop) -> None:
    """Has the loop say nothing of one thing: the unix stream below httpx wakes who reads from it also when he was
    cancelled in the same turn of the loop, as by a client that goes. Nothing is lost; each would be a traceback.
    """

    def handler(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        is_late = isinstance(context.get("exception"), asyncio.InvalidStateError)
        if not (is_late and "Future.set_result" in repr(context.get("handle"))):
            loop.default_exception_handler(context)

    loop.set_exception_handler(handler)
