"""The first Query API, on the host of the Core API: a report that is kept is run for some days.

POST /query/reports/REPORT/run    {"report": {"start_date": .., "end_date": ..}}

What was run is asked about as `polled_routes.py` has it.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.jobs.job import Job
from api.kissmetrics.kinds.kind import INTERNAL, Heading, Results
from api.kissmetrics.queries import polled_routes
from api.kissmetrics.queries.documented import RUN_V1
from api.kissmetrics.queries.polled_routes import accepted
from api.kissmetrics.queries.queries import Queries
from api.kissmetrics.wire.answers import Link, Page
from api.kissmetrics.wire.bodies import body_object, object_in
from api.kissmetrics.wire.desk import Uuid, scheme
from api.reads.opened import Cell
from tilde.dialects.kissmetrics import QUERIES_V1


class V1Form:
    """How it says it."""

    api = QUERIES_V1
    results_are = (
        "Columns, and rows of cells; of a people search the first two are the person's number, and who that is."
    )

    def begun(self, job: Job, url: str) -> dict[str, Any]:
        """As Form."""
        del url
        return {"success": True, "query_guid": job.id}

    def status(self, status: int, progress: dict[str, Any], url: str) -> dict[str, Any]:
        """As Form."""
        del status, url
        return progress

    def results(self, found: Results, job: Job, page: Page, links: list[Link]) -> dict[str, Any]:
        """As Form."""
        return {
            "total": page.total,
            "metadata": {"limit": page.limit, "offset": page.offset},
            "columns": list(map(_column, found.headings)),
            "rows": self.rows(found, job),
            "links": links,
        }

    def rows(self, found: Results, job: Job) -> Sequence[Sequence[Cell]]:
        """As they are found: times are unix seconds."""
        del job
        return found.rows


V1 = V1Form()


def router(queries: Queries) -> APIRouter:
    """The routes."""
    calls = _V1Calls(queries)
    routes = APIRouter(tags=["Kissmetrics queries"], dependencies=[Depends(scheme)])
    run: dict[str, Any] = {"methods": ["POST"], "status_code": 202, "openapi_extra": RUN_V1}
    routes.add_api_route(f"{QUERIES_V1}/reports/{{report}}/run", calls.run, summary="Run a report that is kept", **run)
    routes.include_router(polled_routes.router(queries, V1))
    return routes


class _V1Calls:
    """What each route does."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    async def run(self, request: Request, report: Uuid) -> Response:
        """The body says for which days: `{"report": {"start_date": .., "end_date": ..}}`, unix seconds."""
        asked = await self._queries.desk.asked(request)
        said = await body_object(request)
        dates = object_in(said.get("report", said))
        job = await self._queries.putting.begin_report(self._queries.desk.report(asked, report), dates)
        return accepted(request, V1, job)


def _column(heading: Heading) -> dict[str, str]:
    told = heading.option if heading.option == INTERNAL else heading.option.replace("_", " ").capitalize()
    return {
        "display_name": heading.label,
        "type": heading.subject,
        "return_option": heading.option,
        "display_return_option": told,
    }
