"""The first Query API, on the host of the Core API and at the addresses of the one that it had before: a report that is
kept is run for some days.

POST /query/reports/REPORT/run    {"report": {"start_date": .., "end_date": ..}}
POST /v1/reports/REPORT/run       {"api_key": TOKEN, "report": {"start_date": .., "end_date": ..}}

What was run is asked about as `polled_routes.py` has it.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.kissmetrics.queries import polled_routes
from api.kissmetrics.queries.documented import RUN_V1
from api.kissmetrics.queries.polled_routes import accepted
from api.kissmetrics.queries.putting import RunDates, beside_in
from api.kissmetrics.queries.queries import Queries
from api.kissmetrics.queries.v1_form import V1, V1_ON_ITS_OWN_HOST, V1Form
from api.kissmetrics.wire.bodies import json_in, object_if_any, object_in
from api.kissmetrics.wire.callers import Uuid, scheme
from tilde.dialects.kissmetrics import API_KEY

_REPORT = "report"
_ApiKey = Annotated[str | None, Query(alias=API_KEY, description="A token, where no header has one.")]


async def _may_say_its_key(api_key: _ApiKey = None) -> None:
    """Says in the documentation where a token may stand."""


def router(queries: Queries) -> APIRouter:
    """The routes, at both addresses."""
    routes = APIRouter(tags=["Kissmetrics queries"], dependencies=[Depends(scheme), Depends(_may_say_its_key)])
    run: dict[str, Any] = {"methods": ["POST"], "status_code": 202, "openapi_extra": RUN_V1}
    for form in (V1, V1_ON_ITS_OWN_HOST):
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
        caller = await self._queries.callers.caller(request, key=self._form.key(request) or await _key_in_body(request))
        found = self._queries.callers.report(caller, report)
        dates = _dates_in(await object_if_any(request))
        job = await self._queries.putting.begin_report(found, dates)
        return accepted(request, self._form, job)


def _dates_in(said: Mapping[str, Any]) -> RunDates:
    """Those of its `report`; of the body itself, where it has none. Raises RefusedError."""
    if _REPORT not in said:
        return {name: value for name, value in said.items() if name != API_KEY}
    beside_in(said, _REPORT, API_KEY)
    return object_in(said[_REPORT])


async def _key_in_body(request: Request) -> object:
    """None where it has none; what else may be wrong with it is told to who may ask."""
    try:
        said = json_in(await request.body())
    except orjson.JSONDecodeError:
        return None
    return said.get(API_KEY) if isinstance(said, dict) else None
