"""What the first two Query APIs have in common: a query is run, asked about until it is done, and read page by page.

POST ..                            202, Location: where its status is told
GET  /query/queries/ID/status      200 while it runs, then 201, Location: where the results are
GET  /query/queries/ID/results?limit=50&offset=0&sort=Plan&order=desc
GET  /query/queries/ID/export      the same as CSV

The first one is also below /v1, and takes a token as parameter `api_key`.
"""

from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.jobs.job import Job, JobState
from api.kissmetrics.kinds.kind import Results
from api.kissmetrics.queries.csv_rows import MEDIA_TYPE, first_line, lines
from api.kissmetrics.queries.documented import DONE
from api.kissmetrics.queries.queries import Queries
from api.kissmetrics.queries.sorting import OF_ROWS, Sort
from api.kissmetrics.wire.answers import Link, Page, link, page_links
from api.kissmetrics.wire.callers import ApiCallers, Uuid
from api.reads.people.opened import Cell
from api.web.origin import origin_of
from api.web.packed import packed
from api.web.replies import reply
from tilde.dialects.kissmetrics import API_KEY
from tilde.web.documented import told_as

EXPORTED_ROWS = 10_000  # of a request that says no limit


class Form(Protocol):
    """How one of the two says it. A `url` is where it tells of the query."""

    @property
    def api(self) -> str:
        """The path that it begins with."""
        ...

    def key(self, request: Request) -> str | None:
        """The token that a client of it says in a parameter; None where that says none, or a header does."""
        ...

    @property
    def results_are(self) -> str:
        """What a page of results is, as the documentation says it."""
        ...

    def begun(self, job: Job, url: str) -> dict[str, Any]:
        """That a query will run."""
        ...

    def status(self, status: int, progress: dict[str, Any], url: str) -> dict[str, Any]:
        """How far it is."""
        ...

    def results(self, found: Results, job: Job, page: Page, links: list[Link]) -> dict[str, Any]:
        """A page of what it found."""
        ...

    def rows(self, found: Results, job: Job) -> Sequence[Sequence[Cell]]:
        """The rows of a page, also of CSV."""
        ...


def accepted(request: Request, form: Form, job: Job) -> Response:
    """The answer to who has run a query."""
    url = _url(request, form, job)
    return reply(form.begun(job, url), 202, {"location": f"{url}/status"})


def router(queries: Queries, form: Form) -> APIRouter:
    """The routes of what was run, for a router that says whose they are."""
    calls = _PolledCalls(queries, form)
    routes = APIRouter(prefix=f"{form.api}/queries/{{query}}")
    routes.add_api_route("/status", calls.status, summary="How far a query is", responses=DONE)
    page: dict[str, Any] = {"summary": "A page of what it found", "description": form.results_are}
    routes.add_api_route("/results", calls.results, dependencies=OF_ROWS, **page)
    csv: dict[str, Any] = {"response_class": Response, "responses": told_as("text/csv"), "dependencies": OF_ROWS}
    routes.add_api_route("/export", calls.export, summary="A page of what it found, as CSV", **csv)
    return routes


class _PolledCalls:
    """What each route does."""

    def __init__(self, queries: Queries, form: Form) -> None:
        self._queries = queries
        self._form = form

    async def status(self, request: Request, query: Uuid) -> Response:
        """200 with `completed` false, then 201 and where the results are."""
        caller = await self._queries.callers.caller(request, key=self._form.key(request))
        job = await self._queries.jobs.find(caller, query)
        url, is_done = _url(request, self._form, job), job.state is JobState.DONE
        progress: dict[str, Any] = {"completed": is_done, "progress": float(is_done)}
        if job.why_not is not None:
            progress["error"] = job.why_not
        status, headers = (201, {"location": f"{url}/results"}) if is_done else (200, None)
        return reply(self._form.status(status, progress, url), status, headers)

    async def results(self, request: Request, query: Uuid) -> Response:
        key = self._form.key(request)
        caller = await self._queries.callers.caller(request, key=key)
        job = await self._queries.jobs.done(caller, query)
        sort = Sort.said(request.query_params)
        found = await self._queries.answers.page(job, caller.offset, caller.limit, sort)
        page = Page(found.total, caller.offset, caller.limit)
        links = _links(_url(request, self._form, job), page, key)
        return await ApiCallers.reply(request, self._form.results(found, job, page, links))

    async def export(self, request: Request, query: Uuid) -> Response:
        """The first line names the columns; cells are those of the results, of 10,000 rows unless `limit` is said."""
        caller = await self._queries.callers.caller(request, of_json=False, key=self._form.key(request))
        job = await self._queries.jobs.done(caller, query)
        limit = caller.limit if request.query_params.get("limit", "").strip() else EXPORTED_ROWS
        found = await self._queries.answers.page(job, caller.offset, limit, Sort.said(request.query_params))
        content = first_line(found.headings) + lines(self._form.rows(found, job))
        return await packed(request, Response(content, media_type=MEDIA_TYPE))


def _url(request: Request, form: Form, job: Job) -> str:
    return f"{origin_of(request)}{form.api}/queries/{job.id}"


def _links(url: str, page: Page, key: str | None) -> list[Link]:
    """To this page and the others, and to the export. Who said his token in the address follows them without one, so
    they have it, too.
    """
    own = link("self", "Self", f"{url}/results")
    links = [own, *page_links(f"{url}/results", page), link("export", "Export", f"{url}/export?format=csv")]
    return links if key is None else [{**one, "href": _with_key(str(one["href"]), key)} for one in links]


def _with_key(href: str, key: str) -> str:
    return f"{href}{'&' if '?' in href else '?'}{urlencode({API_KEY: key})}"
