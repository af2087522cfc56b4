"""Several query APIs, each with the queries of its own folder: one that does not know a query asks the others for it.
So a client need not know which took his.
"""

from collections.abc import AsyncIterator, Sequence

import httpx
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.refused import RefusedError
from api.web.replies import failure_reply

ASKED_BY_A_PEER = "x-tilde-peer"  # so that it asks nobody further
UNKNOWN = "x-tilde-query"
"""A header of the refusal of somebody who does not have it; of what he has, another refusal may be a 404, too."""
AWAY = "a query API that may have this query does not answer; try again soon"
_NOT_PASSED = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding"})
_PASSED_BACK = ("content-type", "content-disposition", "location", "retry-after")


class UnknownQueryError(RefusedError):
    """A query is not here."""

    def __init__(self, message: str) -> None:
        super().__init__(404, message, {UNKNOWN: "unknown"})


class Peers:
    """The others, each by a client that has its URL. Who asks is asked again there: they have the same tokens."""

    def __init__(self, clients: Sequence[httpx.AsyncClient] = ()) -> None:
        self._clients = clients

    async def answer(self, request: Request, body: bytes) -> Response | None:
        """That of the one who has the query; None where nobody has it. Where one is away, and no other has it, it says
        that nobody knows.
        """
        is_away = False
        for client in self._clients:
            try:
                answer = await client.send(_passed_on(client, request, body), stream=True)
            except httpx.RequestError:
                is_away = True
                continue
            if UNKNOWN not in answer.headers:
                headers = {name: answer.headers[name] for name in _PASSED_BACK if name in answer.headers}
                return StreamingResponse(_pieces(answer), answer.status_code, headers)
            await answer.aclose()
        return failure_reply(request, 503, AWAY, {"retry-after": "2"}) if is_away else None


class AskingPeers:
    """A layer around an application: for a query that it does not know the others are asked. It has seen to it by then
    that a token was shown which may ask.
    """

    def __init__(self, app: ASGIApp, peers: Peers) -> None:
        self._app = app
        self._peers = peers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and ASKED_BY_A_PEER not in Request(scope).headers:
            await _PeerRequest(self._peers, scope, receive, send).run(self._app)
        else:
            await self._app(scope, receive, send)


class _PeerRequest:
    """One request: what was read of it, and the answer, held back where that is of somebody who does not know."""

    def __init__(self, peers: Peers, scope: Scope, receive: Receive, send: Send) -> None:
        self._peers = peers
        self._scope = scope
        self._receive = receive
        self._send = send
        self._read: list[bytes] = []
        self._held: list[Message] = []

    async def run(self, app: ASGIApp) -> None:
        await app(self._scope, self._reading, self._holding)
        if not self._held:
            return
        answer = await self._peers.answer(Request(self._scope), b"".join(self._read))
        if answer is not None:
            await answer(self._scope, self._receive, self._send)
            return
        for message in self._held:
            await self._send(message)

    async def _reading(self) -> Message:
        message = await self._receive()
        self._read.append(message.get("body", b""))
        return message

    async def _holding(self, message: Message) -> None:
        if self._held or _is_unknown(message):
            self._held.append(message)
        else:
            await self._send(message)


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_bytes():
            yield piece
    finally:
        await answer.aclose()


def _is_unknown(message: Message) -> bool:
    return message["type"] == "http.response.start" and any(name == UNKNOWN.encode() for name, _ in message["headers"])


def _passed_on(client: httpx.AsyncClient, request: Request, body: bytes) -> httpx.Request:
    """The same request."""
    headers = [(name, value) for name, value in request.headers.items() if name not in _NOT_PASSED]
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope["query_string"]
    target = client.base_url.copy_with(raw_path=path + (b"?" + query if query else b""))
    return client.build_request(request.method, target, headers=[*headers, (ASKED_BY_A_PEER, "1")], content=body)


NO_PEERS = Peers()
