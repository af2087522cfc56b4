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

from api.jobs.job import Job, JobState
from api.kissmetrics.queries.desk import QueryDesk, RunDates, body_object
from api.kissmetrics.queries.documented import QUERY_V3, REPORT_V3
from api.kissmetrics.queries.sorting import Order, Sort, SortBy
from api.kissmetrics.questions.fields import DATES
from api.kissmetrics.wire.desk import Asked, Desk, Offset, RowLimit, Uuid, scheme
from api.web.replies import reply
from tilde.dialects.kissmetrics import QUERIES_V3


def router(desk: QueryDesk) -> APIRouter:
    """The routes."""
    calls = _V3Calls(desk)
    routes = APIRouter(tags=["Kissmetrics queries"], dependencies=[Depends(scheme)])
    put: dict[str, Any] = {"methods": ["POST"], "openapi_extra": QUERY_V3}
    routes.add_api_route(f"{QUERIES_V3}/queries", calls.begin, summary="Put a query", **put)
    saved: dict[str, Any] = {"methods": ["POST"], "openapi_extra": REPORT_V3}
    path = f"{QUERIES_V3}/queries/report"
    routes.add_api_route(path, calls.begin_report, summary="Put the query of a report that is kept", **saved)
    one = f"{QUERIES_V3}/queries/{{query}}"
    routes.add_api_route(one, calls.one, summary="How far a query is, and a page of what it found")
    routes.add_api_route(one, calls.cancel, methods=["DELETE"], summary="Cancel a query")
    return routes


class _V3Calls:
    """What each route does."""

    def __init__(self, desk: QueryDesk) -> None:
        self._desk = desk

    async def begin(self, request: Request) -> Response:
        """Says the query's id."""
        asked = await self._desk.asked(request)
        said = await body_object(request)
        kind = self._desk.kind(said.get("query_type"))
        product = self._desk.product(asked, said.get("product_id"))
        job = await self._desk.begin(product, kind, said.get("query_params") or {}, _dates(said), Sort.said(said))
        return reply({"id": job.id})

    async def begin_report(self, request: Request) -> Response:
        """Says the query's id. `date_range` is that of conditions without one; a `query_type` counts in place of the
        report's.
        """
        asked = await self._desk.asked(request)
        said = await body_object(request)
        report = self._desk.report(asked, said.get("report_id"))
        job = await self._desk.begin_saved(report, _dates(said), said.get("query_type"), Sort.said(said))
        return reply({"id": job.id})

    async def one(
        self,
        request: Request,
        query: Uuid,
        limit: RowLimit = None,
        offset: Offset = None,
        sort: SortBy = None,
        order: Order = None,
    ) -> Response:
        """`completed`, and then `data`; or `error`, also completed: clients ask until it is."""
        asked = await self._desk.asked(request)
        job = await self._desk.job(asked, query)
        said: dict[str, Any] = {"id": job.id, "completed": job.state is not JobState.WAITING}
        if job.state in {JobState.FAILED, JobState.CANCELLED}:
            return reply({**said, "cancelled": job.state is JobState.CANCELLED, "error": job.error})
        if job.state is JobState.DONE:
            said |= await self._found(job, asked, Sort.said(request.query_params))
        return await Desk.reply(request, said)

    async def _found(self, job: Job, asked: Asked, sort: Sort | None) -> dict[str, Any]:
        found = await self._desk.results(job, asked.offset, asked.limit, sort)
        pagination = {"total": found.total, "offset": asked.offset, "limit": asked.limit}
        return {**self._desk.data(job, found), "pagination": pagination}

    async def cancel(self, request: Request, query: Uuid) -> Response:
        """What it has found goes, too."""
        job = await self._desk.job(await self._desk.asked(request), query)
        await self._desk.cancel(job)
        return reply({"id": job.id, "cancelled": True})


def _dates(said: Mapping[str, Any]) -> RunDates:
    return {name: said.get(name) for name in DATES}
