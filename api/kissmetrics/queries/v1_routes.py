"""The first Query API, on the host of the Core API and at the addresses of the one that it had before: a report that is
kept is run for some days.

POST /query/reports/REPORT/run    {"report": {"start_date": .., "end_date": ..}}
POST /v1/reports/REPORT/run       {"api_key": TOKEN, "report": {"start_date": .., "end_date": ..}}

What was run is asked about as `polled_routes.py` has it.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.jobs.job import Job
from api.kissmetrics.kinds.kind import INTERNAL, Heading, Results
from api.kissmetrics.queries import polled_routes
from api.kissmetrics.queries.documented import RUN_V1
from api.kissmetrics.queries.polled_routes import accepted
from api.kissmetrics.queries.queries import Queries
from api.kissmetrics.wire.answers import Link, Page
from api.kissmetrics.wire.bodies import object_if_any, object_in
from api.kissmetrics.wire.desk import Uuid, scheme
from api.reads.people.opened import Cell
from tilde.dialects.kissmetrics import API_KEY, OWN_HOSTS_V1, QUERIES_V1
from tilde.keys.authorization import token_in


class V1Form:
    """How it says it."""

    results_are = (
        "Columns, and rows of cells; of a people search the first two are the person's number, and who that is."
    )

    def __init__(self, api: str) -> None:
        self.api = api

    def key(self, request: Request) -> str | None:
        """As Form."""
        has_header = bool(token_in(request.headers.get("authorization", "")))
        return None if has_header else request.query_params.get(API_KEY)

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


V1 = V1Form(QUERIES_V1)
_TOLD = {
    ("event", "total_times"): "Total Times for Date Range",
    ("event", "first"): "Date of First Time for Date Range",
    ("event", "last"): "Date of Last Time for Date Range",
}
"""As Kissmetrics called columns of events; how it called those of properties is said nowhere."""
_ON_ITS_OWN_HOST = V1Form(OWN_HOSTS_V1)
_ApiKey = Annotated[str | None, Query(alias=API_KEY, description="A token, where no header has one.")]


async def _may_say_its_key(api_key: _ApiKey = None) -> None:
    """Says in the documentation where a token may stand."""


def router(queries: Queries) -> APIRouter:
    """The routes, at both addresses."""
    routes = APIRouter(tags=["Kissmetrics queries"], dependencies=[Depends(scheme), Depends(_may_say_its_key)])
    run: dict[str, Any] = {"methods": ["POST"], "status_code": 202, "openapi_extra": RUN_V1}
    for form in (V1, _ON_ITS_OWN_HOST):
        calls = _V1Calls(queries, form)
        routes.add_api_route(
            f"{form.api}/reports/{{report}}/run", calls.run, summary="Run a report that is kept", **run
        )
        routes.include_router(polled_routes.router(queries, form))
    return routes


class _V1Calls:
    """What the route does."""

    def __init__(self, queries: Queries, form: V1Form) -> None:
        self._queries = queries
        self._form = form

    async def run(self, request: Request, report: Uuid) -> Response:
        """The body says for which days: `{"report": {"start_date": .., "end_date": ..}}`, unix seconds; without it, or
        without a body, of all time. It may say the token, too, as `api_key`.
        """
        asked = await self._queries.desk.asked(request, key=self._form.key(request) or await _key_in_body(request))
        found = self._queries.desk.report(asked, report)
        said = await object_if_any(request)
        job = await self._queries.putting.begin_report(found, object_in(said.get("report", said)))
        return accepted(request, self._form, job)


async def _key_in_body(request: Request) -> object:
    """None where it has none; what else may be wrong with it is told to who may ask."""
    try:
        said = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return None
    return said.get(API_KEY) if isinstance(said, dict) else None


def _column(heading: Heading) -> dict[str, str]:
    told = heading.option if heading.option == INTERNAL else heading.option.replace("_", " ").capitalize()
    told = _TOLD.get((heading.subject, heading.option), told)
    return {
        "display_name": heading.label,
        "type": heading.subject,
        "return_option": heading.option,
        "display_return_option": told,
    }
