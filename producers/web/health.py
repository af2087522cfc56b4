"""Whether this edge and what stands behind it run; and what Prometheus reads of both."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.responses import JSONResponse, PlainTextResponse

from producers.edge.clock_trouble import clock_trouble
from producers.web.front import Front
from producers.web.measures import EdgeMeasures
from producers.web.query_api import QueryApi, QueryApiAwayError
from tilde.runtime.clock import Clock


def health_router(
    measures: EdgeMeasures,
    api: QueryApi,
    log_trouble: Callable[[], Awaitable[str | None]],
    front: Front,
    clock: Clock,
) -> APIRouter:
    """`/`: the edge alone (command line tools ping it); `/health`: all parts; `/metrics`: the edge's and the API's.

    `log_trouble` says why the edge's log cannot be written, None where it can; `front`, how users reach it.
    """
    routes = APIRouter(tags=["Operations"])
    registry = CollectorRegistry()
    registry.register(measures)

    @routes.get("/", include_in_schema=False)
    async def ping() -> PlainTextResponse:
        return PlainTextResponse("tilde\n")

    @routes.get("/health")
    async def health() -> JSONResponse:
        """200 once the edge, the processors, the sinks and the query API all run; 503 with what is missing."""
        is_well, pipeline = await _pipeline(api)
        status, edge = "ok" if is_well else "not ready", "ok"
        if (trouble := front.trouble()) is not None:
            status, edge = "not accepting", trouble
        if (trouble := clock_trouble(clock.now_ms())) is not None:
            status, edge = "not writing", trouble
        if (trouble := await log_trouble()) is not None:
            status = "not writing"
            edge = f"its log cannot be written: {trouble}; posts get 503 until it can be again"
        told = {"status": status, "edge": edge, "pipeline": pipeline} | front.told()
        return JSONResponse(told, 200 if status == "ok" else 503)

    @routes.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """In Prometheus' text format."""
        ours = generate_latest(registry).decode()
        return Response(ours + await _metrics(api), media_type=CONTENT_TYPE_LATEST)

    return routes


async def _pipeline(api: QueryApi) -> tuple[bool, dict[str, Any]]:
    """Whether all behind the edge runs, and how each part is."""
    try:
        status, parts = await api.json("/ready")
    except QueryApiAwayError as away:
        return False, {"status": str(away)}
    return status == HTTPStatus.OK, parts


async def _metrics(api: QueryApi) -> str:
    """Those of the API; empty while it is away."""
    try:
        answer = await api.get("/metrics")
    except QueryApiAwayError:
        return ""
    return answer.text if answer.is_success else ""
