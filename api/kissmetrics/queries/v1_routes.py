"""The first Query API, on the host of the Core API: a report that is kept is run for some days.

POST /query/reports/REPORT/run    202, Location: where its status is told
GET  /query/queries/ID/status     200 while it runs, then 201, Location: where the results are
GET  /query/queries/ID/results?limit=50
"""

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.jobs.job import JobState
from api.kissmetrics.kinds.kind import INTERNAL, Heading
from api.kissmetrics.queries.desk import QueryDesk, body_object, object_in
from api.kissmetrics.queries.documented import DONE, RUN_V1
from api.kissmetrics.queries.results import exported, links_of_results, url_of
from api.kissmetrics.queries.sorting import Order, Sort, SortBy
from api.kissmetrics.wire.answers import Page
from api.kissmetrics.wire.desk import Desk, Offset, RowLimit, Uuid, scheme
from api.web.replies import reply
from tilde.dialects.kissmetrics import QUERIES_V1
from tilde.web.documented import told_as


def router(desk: QueryDesk) -> APIRouter:
    """The routes."""
    calls = _V1Calls(desk)
    routes = APIRouter(tags=["Kissmetrics queries"], dependencies=[Depends(scheme)])
    run, one = f"{QUERIES_V1}/reports/{{report}}/run", f"{QUERIES_V1}/queries/{{query}}"
    begun: dict[str, Any] = {"methods": ["POST"], "status_code": 202, "openapi_extra": RUN_V1}
    routes.add_api_route(run, calls.run, summary="Run a report that is kept", **begun)
    routes.add_api_route(f"{one}/status", calls.status, summary="How far a query is", responses=DONE)
    routes.add_api_route(f"{one}/results", calls.results, summary="A page of what it found")
    csv: dict[str, Any] = {"response_class": Response, "responses": told_as("text/csv")}
    routes.add_api_route(f"{one}/export", calls.export, summary="A page of what it found, as CSV", **csv)
    return routes


class _V1Calls:
    """What each route does."""

    def __init__(self, desk: QueryDesk) -> None:
        self._desk = desk

    async def run(self, request: Request, report: Uuid) -> Response:
        """The body says for which days: `{"report": {"start_date": .., "end_date": ..}}`, unix seconds."""
        asked = await self._desk.asked(request)
        said = await body_object(request)
        job = await self._desk.begin_report(asked, report, object_in(said.get("report", said)))
        return reply(
            {"success": True, "query_guid": job.id}, 202, {"location": f"{url_of(request, QUERIES_V1, job)}/status"}
        )

    async def status(self, request: Request, query: Uuid) -> Response:
        """200 with `completed` false, then 201 and where the results are."""
        job = await self._desk.job(await self._desk.asked(request), query)
        if job.state is JobState.DONE:
            results = f"{url_of(request, QUERIES_V1, job)}/results"
            return reply({"completed": True, "progress": 1.0}, 201, {"location": results})
        said: dict[str, Any] = {"completed": False, "progress": 0.0}
        return reply(said if job.why_not is None else {**said, "error": job.why_not})

    async def results(
        self,
        request: Request,
        query: Uuid,
        limit: RowLimit = None,
        offset: Offset = None,
        sort: SortBy = None,
        order: Order = None,
    ) -> Response:
        """Columns, and rows of cells; of a people search the first two are the person's number, and who that is."""
        asked = await self._desk.asked(request)
        job = await self._desk.done(asked, query)
        found = await self._desk.results(job, asked.offset, asked.limit, Sort.said(request.query_params))
        url = url_of(request, QUERIES_V1, job)
        return await Desk.reply(
            request,
            {
                "total": found.total,
                "metadata": {"limit": asked.limit, "offset": asked.offset},
                "columns": list(map(_column, found.headings)),
                "rows": found.rows,
                "links": links_of_results(url, Page(found.total, asked.offset, asked.limit)),
            },
        )

    async def export(
        self,
        request: Request,
        query: Uuid,
        limit: RowLimit = None,
        offset: Offset = None,
        sort: SortBy = None,
        order: Order = None,
    ) -> Response:
        """The first line names the columns."""
        return await exported(self._desk, request, query)


def _column(heading: Heading) -> dict[str, str]:
    told = heading.option if heading.option == INTERNAL else heading.option.replace("_", " ").capitalize()
    return {
        "display_name": heading.label,
        "type": heading.subject,
        "return_option": heading.option,
        "display_return_option": told,
    }
