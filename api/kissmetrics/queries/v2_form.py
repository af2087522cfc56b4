"""How the second Query API says it: that a query will run, how far it is, and what it found, with its links."""

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import Request

from api.jobs.job import Job
from api.kissmetrics.kinds.kind import Heading, Results
from api.kissmetrics.wire.answers import Link, Page, link
from api.reads.people.opened import Cell
from tilde.dialects.kissmetrics import QUERIES_V2
from tilde.domain.sites.clock import SiteClock


class V2Form:
    """A Form of `polled_routes.py`. `clock_of` is that of a product, as it is set now."""

    api = QUERIES_V2
    results_are = "Rows of cells; of a people search the first two are the person's number, and who that is."

    def __init__(self, clock_of: Callable[[int], SiteClock]) -> None:
        self._clock_of = clock_of

    def key(self, request: Request) -> str | None:
        """Returns None: the token is always in a header."""
        del request
        return None

    def begun(self, job: Job, url: str) -> dict[str, Any]:
        """Says that a query will run, with a link to its status."""
        del job
        links = [link("query-status", "Status", f"{url}/status")]
        return {"meta": {"status": 202}, "data": {"message": "success"}, "links": links}

    def status(self, status: int, progress: dict[str, Any], url: str) -> dict[str, Any]:
        """Says how far the query is, with a link to its results once it is completed."""
        links = [link("self", "Self", f"{url}/status")]
        if progress["completed"]:
            links.append(link("query-results", "Results", f"{url}/results"))
        return {"meta": {"status": status}, "data": progress, "links": links}

    def results(self, found: Results, job: Job, page: Page, links: list[Link]) -> dict[str, Any]:
        """Says what the query has found: one page."""
        return {
            "meta": {"status": 200},
            "data": self.rows(found, job),
            "pagination": page._asdict(),
            "links": links,
        }

    def rows(self, found: Results, job: Job) -> list[list[Cell]]:
        """Times are as the product's clock shows them, in seconds as if that were UTC: so this API told them."""
        clock = self._clock_of(job.product)
        return [list(map(partial(_cell, clock), found.headings, row)) for row in found.rows]


def _cell(clock: SiteClock, heading: Heading, cell: Cell) -> Cell:
    return cell + clock.offset_at(cell) if heading.is_time and isinstance(cell, int) else cell
