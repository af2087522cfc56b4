"""What a query found: where its pages are, and a page as CSV."""

from collections.abc import Callable, Sequence

from fastapi import Request
from starlette.responses import Response

from api.jobs.job import Job
from api.kissmetrics.kinds.kind import Results
from api.kissmetrics.queries.csv_rows import MEDIA_TYPE, first_line, lines
from api.kissmetrics.queries.desk import QueryDesk
from api.kissmetrics.queries.sorting import Sort
from api.kissmetrics.wire.answers import Link, Page, link, page_links
from api.reads.opened import Cell
from api.web.origin import origin_of
from api.web.packed import packed

ROWS_MAX = 10_000  # a request
Rows = Callable[[Results, Job], Sequence[Sequence[Cell]]]
"""A page's rows, as an API tells them of a query."""


def as_found(found: Results, job: Job) -> Sequence[Sequence[Cell]]:
    """As they are: times are unix seconds."""
    return found.rows


def url_of(request: Request, api: str, job: Job) -> str:
    """Where one of the first two APIs tells of a query; `api` is the path that the API begins with."""
    return f"{origin_of(request)}{api}/queries/{job.id}"


def links_of_results(query: str, page: Page) -> list[Link]:
    """To this page and the others, and to the export; `query` is the URL below which a query's results are."""
    url = f"{query}/results"
    export = link("export", "Export", f"{query}/export?format=csv")
    return [link("self", "Self", url), *page_links(url, page), export]


async def exported(desk: QueryDesk, request: Request, query: str, as_told: Rows = as_found) -> Response:
    """A page of it, the longest unless a limit is said, under the names of its columns; its cells are those of the
    API's results. Raises RefusedError.
    """
    asked = await desk.asked(request, of_json=False)
    job = await desk.done(asked, query)
    limit = asked.limit if request.query_params.get("limit", "").strip() else ROWS_MAX
    found = await desk.results(job, asked.offset, limit, Sort.said(request.query_params))
    content = first_line(found.headings) + lines(as_told(found, job))
    return await packed(request, Response(content, media_type=MEDIA_TYPE))
