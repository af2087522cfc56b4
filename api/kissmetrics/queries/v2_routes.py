"""The second Query API: a people search is run, asked about until it is there, and read page by page.

POST /v2/products/PRODUCT/reports/people_search   202, Location: where its status is told
POST /v2/products/PRODUCT/reports/REPORT/run      the same of a report that is kept
GET  /v2/queries/ID/status                        200 while it runs, then 201, Location: where the results are
GET  /v2/queries/ID/results?limit=50&offset=0
"""

from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.jobs.job import Job, JobState
from api.kissmetrics.kinds.kind import Heading, Results
from api.kissmetrics.queries.desk import QueryDesk, body_object
from api.kissmetrics.queries.documented import DONE, RUN_V2, SEARCH_V2
from api.kissmetrics.queries.results import exported, links_of_results, url_of
from api.kissmetrics.queries.sorting import Order, Sort, SortBy
from api.kissmetrics.wire.answers import Page, link
from api.kissmetrics.wire.desk import Desk, Offset, RowLimit, Uuid, scheme
from api.reads.opened import Cell
from api.web.replies import reply
from tilde.dialects.kissmetrics import QUERIES_V2
from tilde.domain.sites.clock import SiteClock
from tilde.web.documented import told_as


def router(desk: QueryDesk) -> APIRouter:
    """The routes."""
    calls = _V2Calls(desk)
    routes = APIRouter(tags=["Kissmetrics queries"], dependencies=[Depends(scheme)])
    run = f"{QUERIES_V2}/products/{{product}}/reports"
    post = partial(routes.add_api_route, methods=["POST"], status_code=202)
    post(f"{run}/people_search", calls.search, summary="Run a people search", openapi_extra=SEARCH_V2)
    again = "Run a report that is kept, for some days"
    post(f"{run}/{{report}}/run", calls.run, summary=again, openapi_extra=RUN_V2)
    one = f"{QUERIES_V2}/queries/{{query}}"
    routes.add_api_route(f"{one}/status", calls.status, summary="How far a query is", responses=DONE)
    routes.add_api_route(f"{one}/results", calls.results, summary="A page of what it found")
    csv: dict[str, Any] = {"response_class": Response, "responses": told_as("text/csv")}
    routes.add_api_route(f"{one}/export", calls.export, summary="A page of what it found, as CSV", **csv)
    return routes


class _V2Calls:
    """What each route does."""

    def __init__(self, desk: QueryDesk) -> None:
        self._desk = desk

    async def search(self, request: Request, product: str) -> Response:
        """The body is a people search: `{"query_params": {"type": "group", "filter": {..}}}`."""
        asked = await self._desk.asked(request)
        said = await body_object(request)
        kind, question = self._desk.kind("people_search"), said.get("query_params", said)
        product_asked = self._desk.product(asked, product)
        job = await self._desk.begin(product_asked, kind, question, sort=Sort.said(said))
        return _accepted(request, job)

    async def run(self, request: Request, product: Uuid, report: Uuid) -> Response:
        """The body says for which days: `{"start_date": .., "end_date": ..}`, ISO 8601 or unix seconds; without them of
        all time.
        """
        asked = await self._desk.asked(request)
        said = await body_object(request)
        return _accepted(request, await self._desk.begin_report(asked, report, said, product))

    async def status(self, request: Request, query: Uuid) -> Response:
        """200 with `completed` false, then 201 and where the results are."""
        job = await self._desk.job(await self._desk.asked(request), query)
        return _status(request, job)

    async def results(
        self,
        request: Request,
        query: Uuid,
        limit: RowLimit = None,
        offset: Offset = None,
        sort: SortBy = None,
        order: Order = None,
    ) -> Response:
        """Rows of cells; of a people search the first two are the person's number, and who that is."""
        asked = await self._desk.asked(request)
        job = await self._desk.done(asked, query)
        found = await self._desk.results(job, asked.offset, asked.limit, Sort.said(request.query_params))
        page = Page(found.total, asked.offset, asked.limit)
        links = links_of_results(url_of(request, QUERIES_V2, job), page)
        body = {"meta": {"status": 200}, "data": self._rows(found, job), "pagination": page._asdict(), "links": links}
        return await Desk.reply(request, body)

    async def export(
        self,
        request: Request,
        query: Uuid,
        limit: RowLimit = None,
        offset: Offset = None,
        sort: SortBy = None,
        order: Order = None,
    ) -> Response:
        """The first line names the columns. Times are those of the results."""
        return await exported(self._desk, request, query, self._rows)

    def _rows(self, found: Results, job: Job) -> list[list[Cell]]:
        """Times are as the product's clock shows them, in seconds as if that were UTC: so this API told them."""
        clock = self._desk.clock_of(job.product)
        return [list(map(partial(_cell, clock), found.headings, row)) for row in found.rows]


def _accepted(request: Request, job: Job) -> Response:
    status = f"{url_of(request, QUERIES_V2, job)}/status"
    body = {
        "meta": {"status": 202},
        "data": {"message": "success"},
        "links": [link("query-status", "Status", status)],
    }
    return reply(body, 202, {"location": status})


def _status(request: Request, job: Job) -> Response:
    url = url_of(request, QUERIES_V2, job)
    links = [link("self", "Self", f"{url}/status")]
    done = job.state is JobState.DONE
    data: dict[str, Any] = {"completed": done, "progress": 1.0 if done else 0.0}
    if job.why_not is not None:
        data["error"] = job.why_not
    if not done:
        return reply({"meta": {"status": 200}, "data": data, "links": links})
    results = f"{url}/results"
    links.append(link("query-results", "Results", results))
    return reply({"meta": {"status": 201}, "data": data, "links": links}, 201, {"location": results})


def _cell(clock: SiteClock, heading: Heading, cell: Cell) -> Cell:
    return cell + clock.offset_at(cell) if heading.is_time and isinstance(cell, int) else cell
