"""Queries of metrics, where the links of the Core API lead. They are run and asked about as those of the first Query
API, and one of the third is put as its others are:

POST /query/metrics/ID/over-time      202, Location: where its status is told
POST /query/metrics/ID/by-segment     the same
POST /v3/queries/metric               {"metric_id": ID, "date_range": ..}   {"id": QUERY}

The first two may be asked by GET, too, with the same names in the query.
"""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.jobs.job import Job
from api.kissmetrics.queries import v3_form
from api.kissmetrics.queries.documented import BY_SEGMENT, METRIC_V3, OVER_TIME
from api.kissmetrics.queries.polled_routes import accepted
from api.kissmetrics.queries.queries import Queries
from api.kissmetrics.queries.sorting import Sort
from api.kissmetrics.queries.v1_form import V1
from api.kissmetrics.questions.fields import said_in
from api.kissmetrics.wire.bodies import object_if_any
from api.kissmetrics.wire.callers import NOT_FOUND, Caller, Uuid, scheme
from api.reads.stats.metric_lookup import MetricLookup
from api.web.refused import RefusedError
from api.web.replies import reply
from tilde.dialects.kissmetrics import QUERIES_V1, QUERIES_V3
from tilde.domain.catalog.state import Product

_KINDS = ("metric", "metric_over_time")
_Start = Annotated[str | None, Query(description="Unix seconds, or ISO 8601 by the product's clock.")]
_End = Annotated[str | None, Query(description="Likewise; it is included.")]
_Range = Annotated[
    str | None, Query(description="`last_7_days` and its like; `last_30_days` unless something is said.")
]
_Step = Annotated[str | None, Query(description="`hour`, `day`, `week` or `month`; `day` unless it is said.")]
_Property = Annotated[str | None, Query(description="By which: its name or its index; of a stat a key of the meta.")]
_Value = Annotated[str | None, Query(description="`first` or `last`, of all that were ever said of a person.")]


def router(queries: Queries, lookup: MetricLookup) -> APIRouter:
    """The routes."""
    calls = _MetricQueryCalls(queries, lookup)
    routes = APIRouter(tags=["Kissmetrics queries"], dependencies=[Depends(scheme)])
    over_time, by_segment = (f"{QUERIES_V1}/metrics/{{metric}}/{name}" for name in ("over-time", "by-segment"))
    get: dict[str, Any] = {"methods": ["GET"], "status_code": 202}
    post: dict[str, Any] = {**get, "methods": ["POST"]}
    summary = "Run a metric over time"
    routes.add_api_route(over_time, calls.over_time, summary=summary, openapi_extra=OVER_TIME, **post)
    routes.add_api_route(over_time, calls.get_over_time, summary=summary, **get)
    summary = "Run a metric by segment"
    routes.add_api_route(by_segment, calls.by_segment, summary=summary, openapi_extra=BY_SEGMENT, **post)
    routes.add_api_route(by_segment, calls.get_by_segment, summary=summary, **get)
    put, summary = f"{QUERIES_V3}/queries/metric", "Put a query of a metric that is kept, or a stat"
    routes.add_api_route(put, calls.put, methods=["POST"], summary=summary, openapi_extra=METRIC_V3)
    return routes


class _Found(NamedTuple):
    """A metric that the token reaches, and whose it is."""

    product: Product
    metric: Uuid


class _MetricQueryCalls:
    """What each route does."""

    def __init__(self, queries: Queries, lookup: MetricLookup) -> None:
        self._queries = queries
        self._lookup = lookup

    async def over_time(self, request: Request, metric: Uuid) -> Response:
        """The body says for which days, and by which step: `{"date_range": "last_30_days", "step": "day"}`."""
        found = await self._found(request, metric)
        return await self._begun(request, found, "metric_over_time", await object_if_any(request))

    async def get_over_time(
        self,
        request: Request,
        metric: Uuid,
        start_date: _Start = None,
        end_date: _End = None,
        date_range: _Range = None,
        step: _Step = None,
    ) -> Response:
        """As by POST."""
        said = {"start_date": start_date, "end_date": end_date, "date_range": date_range, "step": step}
        return await self._begun(request, await self._found(request, metric), "metric_over_time", _given(said))

    async def by_segment(self, request: Request, metric: Uuid) -> Response:
        """The body says by what, and for which days: `{"property": "plan", "value": "last", "date_range": ..}`."""
        found = await self._found(request, metric)
        return await self._by_segment(request, found, await object_if_any(request))

    async def get_by_segment(
        self,
        request: Request,
        metric: Uuid,
        property: _Property = None,  # noqa: A002 - the parameter's name
        value: _Value = None,
        start_date: _Start = None,
        end_date: _End = None,
        date_range: _Range = None,
    ) -> Response:
        """As by POST."""
        said = {"property": property, "value": value, "start_date": start_date, "end_date": end_date}
        found = await self._found(request, metric)
        return await self._by_segment(request, found, _given({**said, "date_range": date_range}))

    async def _by_segment(self, request: Request, found: _Found, said: Mapping[str, Any]) -> Response:
        if "property" not in said:
            raise RefusedError(400, "property is missing: it says by what the metric is told apart")
        segment = _given({"property": said["property"], "value": said.get("value")})
        dates = {name: value for name, value in said.items() if name not in {"property", "value"}}
        return await self._begun(request, found, "metric", {**dates, "segment": segment})

    async def put(self, request: Request) -> Response:
        """Says the query's id: of the `query_type` that is said, `metric` or `metric_over_time`; else of one over time
        where a step is said, and of the whole range where none is.
        """
        caller = await self._queries.callers.caller(request)
        said = await object_if_any(request)
        found = await self._of(caller, str(said.get("metric_id", "")).strip().lower())
        unsaid = "metric_over_time" if {"step", "interval"} & said.keys() else "metric"
        kind = said_in(said, "query_type", unsaid)
        if kind not in _KINDS:
            raise RefusedError(400, f"query_type of a metric is one of {', '.join(_KINDS)}")
        return reply(v3_form.put(await self._job(found, kind, said, Sort.said(said))))

    async def _found(self, request: Request, metric: Uuid) -> _Found:
        """Whoever may not ask, or asks about nothing, is told so before his body is looked at."""
        return await self._of(await self._queries.callers.caller(request), metric)

    async def _of(self, caller: Caller, metric: Uuid) -> _Found:
        products = {product.id: product for product in self._queries.callers.products(caller)}
        found = await self._lookup.find(list(products), metric)
        if found is None:
            raise RefusedError(404, NOT_FOUND)
        return _Found(products[found.product], metric)

    async def _begun(self, request: Request, found: _Found, kind: str, said: Mapping[str, Any]) -> Response:
        return accepted(request, V1, await self._job(found, kind, said))

    async def _job(self, found: _Found, kind: str, said: Mapping[str, Any], sort: Sort | None = None) -> Job:
        question = {**said, "metric_id": found.metric, "metric": None}
        putting = self._queries.putting
        return await putting.begin(found.product, putting.kind(kind), question, sort=sort)


def _given(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}
