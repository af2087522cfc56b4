"""Exports of the third Query API: what a query found, as a file.

POST   /v3/exports          {"export_type": "csv", "query_id": ID, "options": {"name": "buyers.csv"}}   {"id": ID}
GET    /v3/exports/ID       {"id": ID, "status": "completed", "url": ..}
GET    /v3/exports/ID/file  the file
DELETE /v3/exports/ID       {"id": ID, "cancelled": true}
"""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from api.jobs.job import Job, JobState
from api.kissmetrics.queries.csv_rows import MEDIA_TYPE
from api.kissmetrics.queries.documented import EXPORT_V3
from api.kissmetrics.queries.exports import Export, Exports
from api.kissmetrics.queries.query_callers import QueryCallers
from api.kissmetrics.wire.bodies import body_object
from api.kissmetrics.wire.callers import Uuid, scheme
from api.web.origin import origin_of
from api.web.packed import packed_pieces
from api.web.refused import RefusedError
from api.web.replies import reply
from tilde.dialects.kissmetrics import QUERIES_V3
from tilde.web.codings import takes_gzip
from tilde.web.documented import told_as

GZIP = "application/gzip"


def router(callers: QueryCallers, exports: Exports) -> APIRouter:
    """The routes."""
    calls = _ExportCalls(callers, exports)
    routes = APIRouter(prefix=f"{QUERIES_V3}/exports", tags=["Kissmetrics queries"], dependencies=[Depends(scheme)])
    put: dict[str, Any] = {"methods": ["POST"], "openapi_extra": EXPORT_V3}
    routes.add_api_route("", calls.begin, summary="Export what a query found", **put)
    routes.add_api_route("/{export}", calls.one, summary="How far an export is, and where its file is")
    routes.add_api_route("/{export}", calls.cancel, methods=["DELETE"], summary="Cancel an export")
    told: dict[str, Any] = {"response_class": StreamingResponse, "responses": told_as(MEDIA_TYPE, GZIP)}
    routes.add_api_route("/{export}/file", calls.file, summary="The file", **told)
    return routes


class _ExportCalls:
    """What each route does."""

    def __init__(self, callers: QueryCallers, exports: Exports) -> None:
        self._callers = callers
        self._exports = exports

    async def begin(self, request: Request) -> Response:
        """Says the export's id. The query has to be complete."""
        caller = await self._callers.caller(request)
        said = await body_object(request)
        return reply({"id": (await self._exports.begin(caller, said)).id})

    async def one(self, request: Request, export: Uuid) -> Response:
        """`status` is unstarted, started, completed, error or cancelled; completed it has a `url`."""
        job = await self._exports.jobs.find(await self._callers.caller(request), export)
        said: dict[str, Any] = {"id": job.id, "export_type": "csv", "status": self._exports.state(job)}
        if job.state is JobState.DONE:
            said["url"] = f"{origin_of(request)}{QUERIES_V3}/exports/{job.id}/file"
        if job.state is JobState.FAILED:
            said["error"] = job.error
        return reply(said)

    async def file(self, request: Request, export: Uuid) -> Response:
        """CSV, for a day; its first line names the columns. One whose name ends in `.gz` is packed."""
        job = await self._exports.jobs.find(await self._callers.caller(request, of_json=False), export)
        if job.state is not JobState.DONE:
            raise RefusedError(404, f"the export has no file: it is {self._exports.state(job)}")
        return await self._file(request, job)

    async def _file(self, request: Request, job: Job) -> Response:
        export, pieces = Export.of(job), await self._exports.pieces(job)
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(export.name, safe='')}"}
        if export.is_packed:
            return StreamingResponse(pieces, headers=headers, media_type=GZIP)
        headers["vary"] = "accept-encoding"
        if takes_gzip(request.headers.get("accept-encoding", "")):
            pieces, headers["content-encoding"] = packed_pieces(pieces), "gzip"
        return StreamingResponse(pieces, headers=headers, media_type=MEDIA_TYPE)

    async def cancel(self, request: Request, export: Uuid) -> Response:
        """Its file goes."""
        job = await self._exports.jobs.find(await self._callers.caller(request), export)
        await self._exports.jobs.cancel(job)
        return reply({"id": job.id, "cancelled": True})
