"""What is not the edge's own goes to the query API, so that users see one port: a streaming pass-through, and its
documentation.
"""

from collections.abc import AsyncIterator
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import quote

import httpx
from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse, StreamingResponse

from tilde.http_clients import open_async_client

TIMEOUT_S = 75.0  # the store gives an operator's SQL 60 s; 15 more, so that its own words come through
HEALTH_TIMEOUT_S = 2.0
LAG_BATCHES_MAX = 1_000  # a generation that is read moves on while this one is looked at
AWAY = "the query API is not running; try again soon"
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "host", "content-length"}
_OURS = _HOP_BY_HOP | {"date"}  # a reply has one, our own


class QueryApiAwayError(Exception):
    """The query API cannot be asked now."""


class QueryApi:
    """A client of the query API: over a unix socket, TCP, or in this process, as the transport says."""

    def __init__(self, transport: httpx.AsyncBaseTransport, url: str = "http://query-api") -> None:
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))  # one user's must not go with another's request
        self._client = open_async_client(transport, base_url=url, timeout=TIMEOUT_S, cookies=no_cookies)
        self._client.headers.clear()  # what a user did not send is not sent: with accept-encoding he would get gzip

    async def forward(self, request: Request) -> Response:
        """The API's answer to this very request; 503 in plain words where it is away."""
        path = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
        query = request.scope["query_string"]
        target = _visible(path + (b"?" + query if query else b""))
        # White space around a value is allowed, and our parser leaves it there; the client below refuses to send it.
        headers = [(name, value.strip()) for name, value in request.headers.raw if name.decode() not in _HOP_BY_HOP]
        body = await request.body()
        try:
            answer = await self._client.send(
                self._client.build_request(
                    request.method, "/", headers=headers, content=body or None, extensions={"target": target}
                ),
                stream=True,
            )
        except httpx.TransportError:
            return JSONResponse({"msg": AWAY}, 503, {"retry-after": "2"})
        response = StreamingResponse(_chunks(answer), answer.status_code)
        kept = [(name.lower(), value) for name, value in answer.headers.raw]
        response.raw_headers = [(name, value) for name, value in kept if name.decode() not in _OURS]
        return response

    async def has_stat(self, token: str, short_id: str) -> bool:
        """Whether the token's account has this stat in sight. Raises QueryApiAwayError."""
        return await self._is_there(f"/tilde/v1/stats/{quote(short_id, safe='')}", token)

    async def has_stat_of(self, account: str, short_id: str, operator_token: str) -> bool:
        """Whether the account of a name has it. Raises QueryApiAwayError."""
        path = f"/tilde/v1/accounts/{quote(account, safe='')}/stats/{quote(short_id, safe='')}"
        return await self._is_there(path, operator_token)

    async def _is_there(self, path: str, bearer: str) -> bool:
        answer = await self.get(path, {"authorization": f"Bearer {bearer}"}, TIMEOUT_S)
        if answer.status_code not in (httpx.codes.OK, httpx.codes.NOT_FOUND):
            raise _answers(answer.status_code)
        return answer.status_code == httpx.codes.OK

    async def has_caught_up(self, operator_token: str) -> bool:
        """Whether a generation is being built that is as far as the live one was when asked. Raises QueryApiAwayError
        where nobody can tell.
        """
        status, progress = await self.json("/tilde/v1/progress", {"authorization": f"Bearer {operator_token}"})
        if not httpx.codes.is_success(status):
            raise _answers(status)
        behind = _total(progress.get("passed")) - _total(progress.get("next"))
        return progress.get("next") is not None and behind <= LAG_BATCHES_MAX

    async def json(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        """Status and content of a small answer. Raises QueryApiAwayError where it is no JSON object: then a proxy on
        the way has answered in the API's place.
        """
        answer = await self.get(path, headers)
        try:
            content = answer.json()
        except ValueError:
            raise _answers(answer.status_code) from None
        if not isinstance(content, dict):
            raise _answers(answer.status_code)
        return answer.status_code, content

    async def get(
        self, path: str, headers: dict[str, str] | None = None, timeout_s: float = HEALTH_TIMEOUT_S
    ) -> httpx.Response:
        """A small answer of the API, whatever its status. Raises QueryApiAwayError."""
        try:
            return await self._client.get(path, headers=headers, timeout=timeout_s)
        except httpx.RequestError:
            raise QueryApiAwayError(AWAY) from None

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()


def _visible(target: bytes) -> bytes:
    """A request target as a client may write it: bytes that old ones send un-encoded are percent-encoded."""
    return b"".join(bytes((byte,)) if 0x21 <= byte <= 0x7E else b"%%%02X" % byte for byte in target)  # noqa: PLR2004


def _answers(status: int) -> QueryApiAwayError:
    return QueryApiAwayError(f"the query API answers {status}; try again soon")


def _total(offsets: dict[str, list[int]] | None) -> int:
    return sum(map(sum, (offsets or {}).values()))


async def _chunks(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()


def router(api: QueryApi) -> APIRouter:
    """Every path that no other route of the edge has. To be included last."""
    routes = APIRouter()
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    @routes.api_route("/{path:path}", methods=methods, include_in_schema=False)
    async def forward(request: Request) -> Response:
        return await api.forward(request)

    return routes
