"""What is not the edge's own goes to the query API, so that users see one port: a streaming pass-through, and its
documentation.
"""

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse, StreamingResponse

TIMEOUT_S = 60.0
HEALTH_TIMEOUT_S = 2.0
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "host", "content-length"}


class QueryApi:
    """A client of the query API, by a unix socket's path or a base URL."""

    def __init__(self, *, uds: str | None = None, url: str | None = None) -> None:
        transport = httpx.AsyncHTTPTransport(uds=uds, retries=1)
        self._client = httpx.AsyncClient(transport=transport, base_url=url or "http://query-api", timeout=TIMEOUT_S)

    async def forward(self, request: Request) -> Response:
        """The API's answer to this very request; 503 in plain words where it is away."""
        path = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
        query = request.scope["query_string"]
        url = httpx.URL(self._client.base_url).copy_with(raw_path=path + (b"?" + query if query else b""))
        headers = [(name, value) for name, value in request.headers.raw if name.decode() not in _HOP_BY_HOP]
        body = await request.body()
        try:
            answer = await self._client.send(
                self._client.build_request(request.method, url, headers=headers, content=body or None), stream=True
            )
        except httpx.TransportError:
            return JSONResponse({"msg": "the query API is not running; try again soon"}, 503, {"retry-after": "2"})
        kept = {name: value for name, value in answer.headers.items() if name not in _HOP_BY_HOP}
        return StreamingResponse(_chunks(answer), answer.status_code, kept)

    async def has_stat(self, token: str, short_id: str) -> bool:
        """Whether the token's account has this stat in sight."""
        answer = await self._client.get(
            f"/tilde/v1/stats/{quote(short_id, safe='')}", headers={"authorization": f"Bearer {token}"}
        )
        return answer.status_code == httpx.codes.OK

    async def get(self, path: str) -> httpx.Response | None:
        """A small answer of the API; None where it is away."""
        try:
            return await self._client.get(path, timeout=HEALTH_TIMEOUT_S)
        except httpx.TransportError:
            return None

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()


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
