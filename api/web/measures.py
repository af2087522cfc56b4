"""What Prometheus reads of the query API and the sink, and the middleware that counts. The edge adds its own."""

import contextlib

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.reads.stats.stats import Stats
from tilde.eventlog import LogError, LogReader
from tilde.runtime.clock import Clock
from tilde.store import StoreError
from tilde.store.progress import Progress

CLASHES_EVERY_S = 60.0
_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Measures:
    """The API's own counters; a registry of their own, so that two apps in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("route", "status")
        self.requests = Counter("tilde_api_requests", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "tilde_api_seconds", "From request to end of answer.", ("route",), registry=self.registry, buckets=_SECONDS
        )
        self.lag = Gauge("tilde_sink_lag", "Messages that cannot be queried yet.", ("topic",), registry=self.registry)
        self.rows = Gauge("tilde_sink_rows", "Rows written since the start.", ("table",), registry=self.registry)
        self.clashes = Gauge(
            "tilde_metric_id_clashes", "Metric ids that stand for more than one stat.", registry=self.registry
        )
        self.trouble = Gauge("tilde_sink_trouble", "1 while the sink does not get on.", registry=self.registry)


class Measured:
    """Counts every request by its route's pattern, never by its path: paths carry tokens."""

    def __init__(self, app: ASGIApp, measures: Measures, clock: Clock) -> None:
        self._app = app
        self._measures = measures
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started_s = self._clock.monotonic_s()
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._measures.requests.labels(route, status).inc()
            self._measures.seconds.labels(route).observe(self._clock.monotonic_s() - started_s)


class _Clashes:
    """Counts metric ids that stand for two stats; once a minute at most, since that reads the names of all stats."""

    def __init__(self, stats: Stats, clock: Clock) -> None:
        self._stats = stats
        self._clock = clock
        self._counted_s = float("-inf")
        self._count = 0

    async def count(self) -> int:
        """How many metric ids stand for more than one stat."""
        if self._clock.monotonic_s() - self._counted_s >= CLASHES_EVERY_S:
            self._count = await self._stats.clashes()
            self._counted_s = self._clock.monotonic_s()
        return self._count


async def _lags(log: LogReader, progress: Progress) -> dict[str, int]:
    lags = {}
    for topic, passed in (await progress.passed()).items():
        ends = [await log.end_offset(topic, partition) for partition in range(len(passed))]
        lags[topic] = sum(max(0, end - done) for end, done in zip(ends, passed, strict=True))
    return lags


class _Operations:
    """The calls of whoever runs this process."""

    def __init__(self, measures: Measures, log: LogReader, progress: Progress, stats: Stats, clock: Clock) -> None:
        self._measures = measures
        self._log = log
        self._progress = progress
        self._clashes = _Clashes(stats, clock)

    async def metrics(self) -> Response:
        """All counts and measures, in Prometheus' text format."""
        self._measures.trouble.set(self._progress.trouble() is not None)
        for table, rows in self._progress.rows().items():
            self._measures.rows.labels(table).set(rows)
        with contextlib.suppress(LogError, StoreError):  # then the figures of before stand: what is wrong is in others
            for topic, lag in (await _lags(self._log, self._progress)).items():
                self._measures.lag.labels(topic).set(lag)
            self._measures.clashes.set(await self._clashes.count())
        return Response(generate_latest(self._measures.registry), media_type=CONTENT_TYPE_LATEST)


async def health() -> JSONResponse:
    """Answers while this process runs at all."""
    return JSONResponse({"status": "ok"})


def router(measures: Measures, log: LogReader, progress: Progress, stats: Stats, clock: Clock) -> APIRouter:
    """`/metrics`, and `/health`: whether this process runs at all."""
    calls = _Operations(measures, log, progress, stats, clock)
    routes = APIRouter(tags=["Operations"])
    routes.add_api_route("/health", health, include_in_schema=False)
    routes.add_api_route("/metrics", calls.metrics, include_in_schema=False)
    return routes
