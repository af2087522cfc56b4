"""The third Query API: a query is put, and asked about until it is complete. Its rows come with it, page by page.

POST   /v3/queries        {"product_id": 7, "query_type": "people_search", "query_params": {..}}   {"id": ID}
POST   /v3/queries/report {"report_id": 12, "date_range": {"type": "preset", "preset": "last_7_days"}}   {"id": ID}
GET    /v3/queries/ID?limit=50&offset=0&sort=Plan&order=desc
DELETE /v3/queries/ID     {"id": ID, "cancelled": true}
"""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.jobs.job import JobState
from api.kissmetrics.queries import v3_form
from api.kissmetrics.queries.documented import QUERY_V3, REPORT_V3
from api.kissmetrics.queries.putting import RunDates, beside_in
from api.kissmetrics.queries.queries import Queries
from api.kissmetrics.queries.sorting import OF_ROWS, Sort
from api.kissmetrics.questions.fields import DATES, said_in, unwrapped
from api.kissmetrics.wire.bodies import body_object
from api.kissmetrics.wire.callers import ApiCallers, Uuid, scheme
from api.web.refused import RefusedError
from api.web.replies import reply
from tilde.dialects.kissmetrics import QUERIES_V3

_TEXTS = {"filter", "calculations", "conditions", "segments", "date_range"}
"""Parameters that may be texts of JSON."""


def router(queries: Queries) -> APIRouter:
    """The routes."""
    calls = _V3Calls(queries)
    routes = APIRouter(tags=["Kissmetrics queries"], dependencies=[Depends(scheme)])
    put: dict[str, Any] = {"methods": ["POST"], "openapi_extra": QUERY_V3}
    routes.add_api_route(f"{QUERIES_V3}/queries", calls.begin, summary="Put a query", **put)
    saved: dict[str, Any] = {"methods": ["POST"], "openapi_extra": REPORT_V3}
    path = f"{QUERIES_V3}/queries/report"
    routes.add_api_route(path, calls.begin_report, summary="Put the query of a report that is kept", **saved)
    one = f"{QUERIES_V3}/queries/{{query}}"
    summary = "How far a query is, and a page of what it found"
    routes.add_api_route(one, calls.one, summary=summary, dependencies=OF_ROWS)
    routes.add_api_route(one, calls.cancel, methods=["DELETE"], summary="Cancel a query")
    return routes


class _V3Calls:
    """What each route does."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    async def begin(self, request: Request) -> Response:
        """Says the query's id."""
        caller = await self._queries.callers.caller(request)
        said = await body_object(request)
        product = self._queries.callers.product_said(caller, said)
        beside = beside_in(said, "product_id", "query_type", "query_params", "statement", "sort", "order", *DATES)
        params = _params(beside)
        kind = self._queries.putting.kind(said_in(beside, "query_type", _unsaid(params)))
        if product is None:
            raise RefusedError(400, "product_id is missing: the number of a product, or its UUID")
        job = await self._queries.putting.begin(product, kind, params, _dates(beside), Sort.said(beside))
        return reply(v3_form.put(job))

    async def begin_report(self, request: Request) -> Response:
        """Says the query's id. `date_range` is that of conditions without one; a `query_type` counts in place of the
        report's.
        """
        caller = await self._queries.callers.caller(request)
        said = await body_object(request)
        report = self._queries.callers.report_said(caller, said.get("report_id"))
        beside = beside_in(said, "report_id", "query_type", "sort", "order", *DATES)
        as_type, sort = said_in(beside, "query_type"), Sort.said(beside)
        job = await self._queries.putting.begin_report(report, _dates(beside), as_type, sort)
        return reply(v3_form.put(job))

    async def one(self, request: Request, query: Uuid) -> Response:
        """`completed`, and then `data`; or `error`, also completed: clients ask until it is."""
        caller = await self._queries.callers.caller(request)
        job = await self._queries.jobs.find(caller, query)
        if job.state is not JobState.DONE:
            return await ApiCallers.reply(request, v3_form.progress(job))
        sort = Sort.said(request.query_params)
        found = await self._queries.answers.page(job, caller.offset, caller.limit, sort)
        return await ApiCallers.reply(request, v3_form.results(job, found, caller.offset, caller.limit))

    async def cancel(self, request: Request, query: Uuid) -> Response:
        """What it has found goes, too."""
        job = await self._queries.jobs.find(await self._queries.callers.caller(request), query)
        await self._queries.jobs.cancel(job)
        return reply(v3_form.cancelled(job))


def _params(beside: Mapping[str, Any]) -> Any:
    """Those of a query. A statement of SQL may stand in them, or beside them."""
    said, statement = beside.get("query_params"), beside.get("statement")
    params = {} if said is None else unwrapped(said)
    if not isinstance(params, dict):
        return params
    if statement is not None:
        params = {"statement": statement, **params}
    return {name: unwrapped(value) if name in _TEXTS else value for name, value in params.items()}


def _unsaid(params: Any) -> str | None:
    """The type of a query that says none: what has a statement is SQL."""
    return "sql" if isinstance(params, dict) and "statement" in params else None


def _dates(said: Mapping[str, Any]) -> RunDates:
    return {name: unwrapped(said.get(name)) for name in DATES}
