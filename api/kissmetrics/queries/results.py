"""What a query found: where its pages are, and a page as CSV."""

import csv
from io import StringIO

from fastapi import Request
from starlette.responses import Response

from api.kissmetrics.answers import Link, Page, link, page_links
from api.kissmetrics.queries.desk import QueryDesk

ROWS_MAX = 10_000  # a request


def links_of_results(query: str, page: Page) -> list[Link]:
    """To this page and the others, and to the export; `query` is the URL below which a query's results are."""
    url = f"{query}/results"
    export = link("export", "Export", f"{query}/export?format=csv")
    return [link("self", "Self", url), *page_links(url, page), export]


async def exported(desk: QueryDesk, request: Request, query: str) -> Response:
    """A page of it, the longest unless a limit is said, under the names of its columns. Raises RefusedError."""
    asked = await desk.asked(request, of_json=False)
    job = await desk.done(asked, query)
    limit = asked.limit if request.query_params.get("limit", "").strip() else ROWS_MAX
    found = await desk.results(job, asked.offset, limit)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([heading.label for heading in found.headings])
    writer.writerows(found.rows)
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8")
