"""The second Query API: a people search is run, or a saved report.

POST /v2/products/PRODUCT/reports/people_search   {"query_params": {"type": "group", "filter": {..}}}
POST /v2/products/PRODUCT/reports/REPORT/run      {"start_date": .., "end_date": ..}

What was run is asked about as `polled_routes.py` has it.
"""

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.kissmetrics.queries import polled_routes
from api.kissmetrics.queries.documented import RUN_V2, SEARCH_V2
from api.kissmetrics.queries.polled_routes import accepted
from api.kissmetrics.queries.putting import ALL_DATES, beside_in
from api.kissmetrics.queries.queries import Queries
from api.kissmetrics.queries.sorting import Sort
from api.kissmetrics.queries.v2_form import V2Form
from api.kissmetrics.questions.fields import DATES
from api.kissmetrics.wire.bodies import body_object, object_if_any
from api.kissmetrics.wire.callers import Uuid, scheme
from tilde.dialects.kissmetrics import PEOPLE_SEARCH, QUERIES_V2
from tilde.domain.sites.clock import SiteClock

_PARAMS = "query_params"


def router(queries: Queries, clock_of: Callable[[int], SiteClock]) -> APIRouter:
    """The routes."""
    form = V2Form(clock_of)
    calls = _V2Calls(queries, form)
    routes = APIRouter(tags=["Kissmetrics queries"], dependencies=[Depends(scheme)])
    run = f"{QUERIES_V2}/products/{{product}}/reports"
    post = partial(routes.add_api_route, methods=["POST"], status_code=202)
    post(f"{run}/people_search", calls.search, summary="Run a people search", openapi_extra=SEARCH_V2)
    again = "Run a report that is kept, for some days"
    post(f"{run}/{{report}}/run", calls.run, summary=again, openapi_extra=RUN_V2)
    routes.include_router(polled_routes.router(queries, form))
    return routes


class _V2Calls:
    """What each route does."""

    def __init__(self, queries: Queries, form: V2Form) -> None:
        self._queries = queries
        self._form = form

    async def search(self, request: Request, product: str) -> Response:
        """The body is a people search: `{"query_params": {"type": "group", "filter": {..}}}`."""
        caller = await self._queries.callers.caller(request)
        about = self._queries.callers.product(caller, product)
        said = await body_object(request)
        kind, dates = self._queries.putting.kind(PEOPLE_SEARCH), ALL_DATES
        if _PARAMS in said:
            beside = beside_in(said, _PARAMS, *DATES)
            dates = {name: beside.get(name) for name in DATES}
        job = await self._queries.putting.begin(about, kind, said.get(_PARAMS, said), dates, Sort.said(said))
        return accepted(request, self._form, job)

    async def run(self, request: Request, product: Uuid, report: Uuid) -> Response:
        """The body says for which days: `{"start_date": .., "end_date": ..}`, ISO 8601 or unix seconds; without them,
        or without a body, of all time.
        """
        caller = await self._queries.callers.caller(request)
        found = self._queries.callers.report(caller, report, product)
        job = await self._queries.putting.begin_report(found, await object_if_any(request))
        return accepted(request, self._form, job)
