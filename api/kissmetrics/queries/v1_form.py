"""How the first Query API says it: that a query will run, how far it is, and what it found, with its columns."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from api.jobs.job import Job
from api.kissmetrics.kinds.kind import Heading, Results, Subject
from api.kissmetrics.wire.answers import Link, Page
from api.reads.people.opened import Cell
from tilde.dialects.kissmetrics import API_KEY, OWN_HOSTS_V1, QUERIES_V1
from tilde.domain.people.search import Tells
from tilde.keys.authorization import token_in

_INTERNAL = "internal"
_OPTIONS = {
    Tells.TIMES: "total_times",
    Tells.FIRST_TIME: "first_date",
    Tells.LAST_TIME: "last_date",
    Tells.FIRST_VALUE: "first",
    Tells.LAST_VALUE: "last",
    Tells.TOTAL: "total",
    Tells.LOWEST: "min",
    Tells.HIGHEST: "max",
    Tells.AVERAGE: "avg",
    Tells.MEDIAN: "median",
}
_OPTIONS_OF_EVENTS = _OPTIONS | {Tells.FIRST_TIME: "first", Tells.LAST_TIME: "last"}
_SHOWN_OF_EVENTS = {
    "total_times": "Total Times for Date Range",
    "first": "Date of First Time for Date Range",
    "last": "Date of Last Time for Date Range",
}
"""As Kissmetrics called columns of events; how it called those of properties is said nowhere."""


class V1Form:
    """A Form of `polled_routes.py`."""

    results_are = (
        "Columns, and rows of cells; of a people search the first two are the person's number, and who that is."
    )

    def __init__(self, api: str) -> None:
        self.api = api

    def key(self, request: Request) -> str | None:
        """Returns the token in parameter `api_key`; None where there is none, or a header has one."""
        has_header = bool(token_in(request.headers.get("authorization", "")))
        return None if has_header else request.query_params.get(API_KEY)

    def begun(self, job: Job, url: str) -> dict[str, Any]:
        """Says that a query will run, and its id."""
        del url
        return {"success": True, "query_guid": job.id}

    def status(self, status: int, progress: dict[str, Any], url: str) -> dict[str, Any]:
        """Says how far the query is."""
        del status, url
        return progress

    def results(self, found: Results, job: Job, page: Page, links: list[Link]) -> dict[str, Any]:
        """Says what the query has found: one page, with its columns."""
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
V1_ON_ITS_OWN_HOST = V1Form(OWN_HOSTS_V1)


def _column(heading: Heading) -> dict[str, str]:
    option = _option(heading)
    shown = option if option == _INTERNAL else option.replace("_", " ").capitalize()
    return {
        "display_name": heading.label,
        "type": _INTERNAL if heading.of is None else heading.of.value,
        "return_option": option,
        "display_return_option": _SHOWN_OF_EVENTS.get(option, shown) if heading.of is Subject.EVENT else shown,
    }


def _option(heading: Heading) -> str:
    if not isinstance(heading.tells, Tells):
        return heading.tells or _INTERNAL
    return (_OPTIONS_OF_EVENTS if heading.of is Subject.EVENT else _OPTIONS)[heading.tells]
