"""Whether this edge and what stands behind it run; and what Prometheus reads of both.

Nobody shows a key here, so each is found out once for all who wait for it.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse

from producers.edge.receipts import clock_trouble
from producers.web.front import Front
from producers.web.measures import EdgeMeasures
from producers.web.query_api import QueryApi, QueryApiAwayError
from producers.web.watching import Watching
from tilde.runtime.clock import Clock
from tilde.runtime.shared import Shared

_VARY = {"vary": "accept"}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Tilde</title></head>
<body><h1>Tilde</h1><p>It runs. <a href="docs">All calls that it answers</a>;
<a href="health">how its parts are</a>.</p>
</body></html>
"""


class Health:
    """What is found out of the edge's parts. `log_trouble` says why its log cannot be written, None where it can;
    `keys_trouble`, the same of the keys of new visitors and people; `front`, how users reach it; `watching`, how those
    are who look at what it takes in, where they run in its folder.
    """

    def __init__(
        self,
        measures: EdgeMeasures,
        api: QueryApi,
        log_trouble: Callable[[], Awaitable[str | None]],
        keys_trouble: Callable[[], str | None],
        front: Front,
        clock: Clock,
        watching: Watching | None = None,
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(measures)
        self._api = api
        self._log_trouble = log_trouble
        self._keys_trouble = keys_trouble
        self._front = front
        self._clock = clock
        self._watching = watching
        self._health = Shared(self._looked_at)
        self._metrics = Shared(self._measured)

    async def health(self) -> Response:
        """200 once the edge, the processors, the sinks and the query API all run; 503 with what is missing."""
        status, told = await self._health.answer()
        return Response(told, status, media_type="application/json")

    async def metrics(self) -> Response:
        """All counts and measures, in Prometheus' text format."""
        return Response(await self._metrics.answer(), media_type=CONTENT_TYPE_LATEST)

    async def _looked_at(self) -> tuple[int, bytes]:
        is_well, pipeline = await _pipeline(self._api)
        status, edge = "ok" if is_well else "not ready", "ok"
        if (trouble := self._front.trouble()) is not None:
            status, edge = "not accepting", trouble
        if (trouble := clock_trouble(self._clock.now_ms())) is not None:
            status, edge = "not writing", trouble
        if (trouble := self._keys_trouble()) is not None:
            status = "not writing"
            edge = f"keys of new visitors and people cannot be written: {trouble}; they get 503 until they can be again"
        if (trouble := await self._log_trouble()) is not None:
            status = "not writing"
            edge = f"its log cannot be written: {trouble}; posts get 503 until it can be again"
        told = {"status": status, "edge": edge, "pipeline": pipeline} | self._front.health()
        if self._watching is not None:
            told["watchers"] = self._watching.health()
        return 200 if status == "ok" else 503, bytes(JSONResponse(told).body)

    async def _measured(self) -> bytes:
        return generate_latest(self._registry) + await _metrics(self._api)


def health_router(health: Health) -> APIRouter:
    """`/`: the edge alone (command line tools ping it); `/health`: all parts; `/metrics`: the edge's and the API's."""
    routes = APIRouter(tags=["Operations"])
    routes.add_api_route("/", ping, include_in_schema=False)
    routes.add_api_route("/health", health.health)
    routes.add_api_route("/metrics", health.metrics, response_class=PlainTextResponse)
    return routes


async def ping(request: Request) -> Response:
    """The edge's greeting; a page for who asks for one by name, as browsers do and tools, which take `*/*`, do not."""
    if "text/html" in ",".join(request.headers.getlist("accept")).lower():
        return HTMLResponse(_PAGE, headers=_VARY)
    return PlainTextResponse("tilde\n", headers=_VARY)


async def _pipeline(api: QueryApi) -> tuple[bool, dict[str, Any]]:
    """Whether all behind the edge runs, and how each part is."""
    try:
        status, parts = await api.json("/ready")
    except QueryApiAwayError as away:
        return False, {"status": str(away)}
    return status == HTTPStatus.OK, parts


async def _metrics(api: QueryApi) -> bytes:
    """Those of the API; empty while it is away."""
    try:
        answer = await api.get("/metrics")
    except QueryApiAwayError:
        return b""
    return answer.content if answer.is_success else b""
