"""Whether this edge and what stands behind it run; and what Prometheus reads of both."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.responses import JSONResponse, PlainTextResponse

from producers.measures import EdgeMeasures
from producers.query_api import QueryApi, QueryApiAwayError


def health_router(measures: EdgeMeasures, api: QueryApi, log_trouble: Callable[[], Awaitable[str | None]]) -> APIRouter:
    """`/`: the edge alone (StatHat's CLI pings it); `/health`: all parts; `/metrics`: the edge's and the API's.

    `log_trouble` says why the edge's log cannot be written, None where it can.
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
        trouble = await log_trouble()
        if trouble is not None:
            edge = f"its log cannot be written: {trouble}; posts get 503 until it can be again"
            return JSONResponse({"status": "not writing", "edge": edge, "pipeline": pipeline}, 503)
        return JSONResponse(
            {"status": "ok" if is_well else "not ready", "edge": "ok", "pipeline": pipeline}, 200 if is_well else 503
        )

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
