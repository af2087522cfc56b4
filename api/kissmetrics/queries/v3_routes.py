"""The third Query API: a query is put, and asked about until it is complete. Its rows come with it, page by page.

POST   /v3/queries        {"product_id": 7, "query_type": "people_search", "query_params": {..}}   {"id": ID}
GET    /v3/queries/ID?limit=50&offset=0
DELETE /v3/queries/ID     {"id": ID, "cancelled": true}
"""

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.jobs.job import Job, JobState
from api.kissmetrics.desk import Offset, RowLimit, Uuid, scheme
from api.kissmetrics.queries.desk import QueryDesk, body_json
from api.kissmetrics.queries.documented import QUERY_V3
from api.web.refused import RefusedError
from api.web.replies import reply
from tilde.dialects.kissmetrics import QUERIES_V3


def router(desk: QueryDesk) -> APIRouter:
    """The routes."""
    calls = _V3Calls(desk)
    routes = APIRouter(tags=["Kissmetrics queries"], dependencies=[Depends(scheme)])
    put: dict[str, Any] = {"methods": ["POST"], "openapi_extra": QUERY_V3}
    routes.add_api_route(f"{QUERIES_V3}/queries", calls.begin, summary="Put a query", **put)
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
        said = await body_json(request)
        if not isinstance(said, dict):
            raise RefusedError(400, "the body is an object")
        kind = self._desk.kind(said.get("query_type"))
        product = self._desk.product(asked, said.get("product_id"))
        job = await self._desk.begin(product, kind, said.get("query_params") or {})
        return reply({"id": job.id})

    async def one(self, request: Request, query: Uuid, limit: RowLimit = None, offset: Offset = None) -> Response:
        """`completed`, and then `data`."""
        asked = await self._desk.asked(request)
        job = await self._desk.job(asked, query)
        said: dict[str, Any] = {"id": job.id, "completed": job.state is JobState.DONE}
        if job.state in {JobState.FAILED, JobState.CANCELLED}:
            return reply({**said, "cancelled": job.state is JobState.CANCELLED, "error": job.error})
        if job.state is JobState.DONE:
            said |= await self._found(job, asked.offset, asked.limit)
        return reply(said)

    async def _found(self, job: Job, offset: int, limit: int) -> dict[str, Any]:
        found = await self._desk.results(job, offset, limit)
        pagination = {"total": found.total, "offset": offset, "limit": limit}
        return {**self._desk.data(job, found), "pagination": pagination}

    async def cancel(self, request: Request, query: Uuid) -> Response:
        """What it has found goes, too."""
        job = await self._desk.job(await self._desk.asked(request), query)
        await self._desk.cancel(job)
        return reply({"id": job.id, "cancelled": True})
